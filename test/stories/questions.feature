Feature: A policy asks, and looks at the answers
  Everything that is wrong with an answer is a reason of its own; an answer that was given for good is not changed by whoever gave it.

  Background:
    Given the people Sam, Olga and Max
    And Olga is an administrator
    And the access package 'Read orders'

  Scenario Outline: '<answer>' <verdict> the pattern
    Given the policy 'Tickets' of 'Read orders'
      | for              | all members      |
      | may ask          | themselves       |
      | question         | Which ticket?    |
      | question follows | [A-Z]{2}-[0-9]+  |
    When Max asks for 'Read orders', answering '<answer>'
    Then it is refused because the answer does not follow the pattern
    And Max does not have 'Read orders'

    Examples:
      | answer     | verdict     |
      | 4711       | misses      |
      | ab-4711    | misses      |
      | AB-4711x   | goes beyond |

  Scenario: An answer that follows the pattern is enough
    Given the policy 'Tickets' of 'Read orders'
      | for              | all members     |
      | may ask          | themselves      |
      | question         | Which ticket?   |
      | question follows | [A-Z]{2}-[0-9]+ |
    When Max asks for 'Read orders', answering 'AB-4711'
    Then the request is delivered
    And Max has 'Read orders' for ever

  Scenario: Only what is offered may be chosen
    Given the policy 'Teams' of 'Read orders'
      | for             | all members   |
      | may ask         | themselves    |
      | question        | Which team?   |
      | question offers | Red or Green  |
    When Max asks for 'Read orders', answering 'Blue'
    Then it is refused because that is not among the answers offered
    When Max asks for 'Read orders', answering 'Green'
    Then the request is delivered

  Scenario: What may stay open does not hold anybody up
    Given the policy 'Teams' of 'Read orders'
      | for                    | all members  |
      | may ask                | themselves   |
      | question               | Which team?  |
      | question offers        | Red or Green |
      | question may stay open | yes          |
    When Max asks for 'Read orders'
    Then the request is delivered

  Scenario: What may stay open is looked at when it is answered
    Given the policy 'Teams' of 'Read orders'
      | for                    | all members  |
      | may ask                | themselves   |
      | question               | Which team?  |
      | question offers        | Red or Green |
      | question may stay open | yes          |
    When Max asks for 'Read orders', answering 'Blue'
    Then it is refused because that is not among the answers offered

  Scenario: Blanks are no answer
    Given the policy 'Teams' of 'Read orders'
      | for      | all members |
      | may ask  | themselves  |
      | question | Which team? |
    When Max asks for 'Read orders', answering '   '
    Then it is refused because the question is not answered

  Scenario: An answer given for good stays, whoever extends
    Given the policy 'Tickets' of 'Read orders'
      | for                     | all members   |
      | may ask                 | themselves    |
      | question                | Which ticket? |
      | question stays answered | yes           |
      | lasts                   | 2 days        |
    When Max asks for 'Read orders', answering 'AB-1'
    And Max extends 'Read orders', answering 'AB-2'
    Then it is refused because the answer was given for good
    When 1 day passes
    And Max extends 'Read orders'
    Then the request is delivered
    And Max has 'Read orders' for 2 days

  Scenario: An answer that was not given for good may change
    Given the policy 'Tickets' of 'Read orders'
      | for      | all members   |
      | may ask  | themselves    |
      | question | Which ticket? |
    When Max asks for 'Read orders', answering 'AB-1'
    And Max extends 'Read orders', answering 'AB-2'
    Then the request is delivered

  Scenario: Administrators assign without answering
    Given the policy 'Tickets' of 'Read orders'
      | for      | all members   |
      | may ask  | themselves    |
      | question | Which ticket? |
    When Olga assigns 'Read orders' to Max
    Then the request is delivered
    And Max has 'Read orders' for ever
