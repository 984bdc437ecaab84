Feature: Deciding in somebody's place
  An approver names a substitute for a time. The substitute decides as the approver would, but never about what is their own.

  Background:
    Given the people Sam, Ada, Olga and Max
    And the access package 'Read orders'
    And the policy 'Sam decides' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |

  Scenario: The substitute decides
    When Sam names Ada as substitute for 3 days
    And Max asks for 'Read orders'
    Then stage 1 waits for Sam
    When Ada approves the request
    Then the request is delivered
    And Max has 'Read orders' for ever

  Scenario: So does the substitute who is named while the request waits
    When Max asks for 'Read orders'
    And Sam names Ada as substitute for 3 days
    And Ada denies the request
    Then the request is denied

  Scenario: The approver may still decide
    When Sam names Ada as substitute for 3 days
    And Max asks for 'Read orders'
    And Sam approves the request
    Then the request is delivered

  Scenario: When the time is over the substitute decides nothing
    When Sam names Ada as substitute for 3 days
    And Max asks for 'Read orders'
    And 4 days pass
    And Ada approves the request
    Then it is refused because it is none of their business
    And the request waits for approval

  Scenario: A substitute does not decide about their own access
    When Sam names Max as substitute for 3 days
    And Max asks for 'Read orders'
    And Max approves the request
    Then it is refused because nobody decides what they asked for
    And Max does not have 'Read orders'

  Scenario: The substitute of a substitute is nobody's
    When Sam names Ada as substitute for 3 days
    And Ada names Olga as substitute for 3 days
    And Max asks for 'Read orders'
    And Olga approves the request
    Then it is refused because it is none of their business

  Scenario: Whoever is named last stands in
    When Sam names Ada as substitute for 3 days
    And Sam names Olga as substitute for 3 days
    And Max asks for 'Read orders'
    And Ada approves the request
    Then it is refused because it is none of their business
    When Olga approves the request
    Then the request is delivered

  Scenario: Nobody stands in for themselves
    When Sam names Sam as substitute for 3 days
    Then it is refused because nobody stands in for themselves

  Scenario: Nobody who is disabled stands in
    Given Ada is disabled
    When Sam names Ada as substitute for 3 days
    Then it is refused because whoever would stand in is disabled
