@database
Feature: A program of one's own is asked
  Before a request goes on, or for the people who are to decide it. It answers, or its time runs out.
  Not played on tables: the call, what it waits for and its time are rows.

  Background:
    Given the people Sam, Ada, Olga and Max
    And Olga is an administrator
    And the access package 'Read orders'

  Scenario: The request waits for the program, goes on, and then to its approver
    Given the policy 'Checked' of 'Read orders'
      | for                       | all members |
      | may ask                   | themselves  |
      | a program looks at it for | 1 hour      |
      | approved by               | Sam         |
    When Max asks for 'Read orders'
    Then the request waits for the program
    And Max does not have 'Read orders'
    When the program lets the request go on
    Then stage 1 waits for Sam
    When Sam approves the request
    Then the request is delivered

  Scenario: The program denies, and nobody is asked any more
    Given the policy 'Checked' of 'Read orders'
      | for                       | all members |
      | may ask                   | themselves  |
      | a program looks at it for | 1 hour      |
      | approved by               | Sam         |
    When Max asks for 'Read orders'
    And the program denies the request
    Then the request is denied because the program denied it
    And Max does not have 'Read orders'
    When Sam approves the request
    Then it is refused because it is none of their business

  Scenario: The program says nothing in time
    Given the policy 'Checked' of 'Read orders'
      | for                       | all members |
      | may ask                   | themselves  |
      | a program looks at it for | 1 hour      |
    When Max asks for 'Read orders'
    And 59 minutes pass
    Then the request waits for the program
    When 2 minutes pass
    Then the request is denied because the program did not answer in time
    When the program lets the request go on
    Then it is refused because it is too late

  Scenario: Whoever asks does not let it pass
    Given the policy 'Checked' of 'Read orders'
      | for                       | all members |
      | may ask                   | themselves  |
      | a program looks at it for | 1 hour      |
    When Max asks for 'Read orders'
    And Max lets the request go on instead of the program
    Then it is refused because they have no such right
    And the request waits for the program

  Scenario: An administrator's own request is let pass by the program alone
    Given the policy 'Checked' of 'Read orders'
      | for                       | all members |
      | may ask                   | themselves  |
      | a program looks at it for | 1 hour      |
    When Olga asks for 'Read orders'
    And Olga lets the request go on instead of the program
    Then it is refused because they have no such right
    When the program lets the request go on
    Then Olga has 'Read orders' for ever

  Scenario: An administrator does not let pass what somebody else asked for them
    Given the policy 'Checked' of 'Read orders'
      | for                       | all members |
      | may ask                   | Max         |
      | a program looks at it for | 1 hour      |
    When Max asks for 'Read orders' for Olga
    And Olga lets the request go on instead of the program
    Then it is refused because they have no such right
    And the request waits for the program

  Scenario: The program names who decides
    Given the policy 'Named' of 'Read orders'
      | for         | all members             |
      | may ask     | themselves              |
      | approved by | whom the program names  |
    When Max asks for 'Read orders'
    And the program names Ada
    Then stage 1 waits for Ada
    When Sam approves the request
    Then it is refused because it is none of their business
    When Ada approves the request
    Then the request is delivered

  Scenario: The program does not make anybody decide their own request
    Given the policy 'Named' of 'Read orders'
      | for         | all members            |
      | may ask     | themselves             |
      | approved by | whom the program names |
    When Max asks for 'Read orders'
    And the program names Max
    Then it is refused because nobody could decide
    When the program names Max and Ada
    Then stage 1 waits for Ada

  Scenario: The program names nobody in time, and those who stand in are asked
    Given the policy 'Named' of 'Read orders'
      | for         | all members                           |
      | may ask     | themselves                            |
      | approved by | whom the program names; otherwise Sam |
    When Max asks for 'Read orders'
    And 61 minutes pass
    Then stage 1 waits for Sam

  Scenario: The program names nobody in time, and nobody stands in
    Given the policy 'Named' of 'Read orders'
      | for         | all members            |
      | may ask     | themselves             |
      | approved by | whom the program names |
    When Max asks for 'Read orders'
    And 61 minutes pass
    Then the request is denied because nobody was named in time
