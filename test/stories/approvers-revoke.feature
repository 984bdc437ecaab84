Feature: Approvers take back what they approved
  Whoever was asked at a stage of the request behind the access may end it, as long as it is held. Nobody else.

  Background:
    Given the people Sam, Ada, Olga and Max
    And Olga is an administrator
    And the agent 'support bot', sponsored by Ada
    And the access package 'Read orders'

  Scenario Outline: <who>, who was asked at one of the stages, revokes it
    Given the policy 'Two' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
      | then by     | Ada        |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Ada approves the request
    Then Max has 'Read orders' for ever
    When <who> revokes 'Read orders' of Max as its approver
    Then the request is delivered
    And Max does not have 'Read orders'

    Examples:
      | who |
      | Sam |
      | Ada |

  Scenario: The sponsor who approved takes it from the agent
    Given the policy 'Agents' of 'Read orders'
      | for         | all agents                           |
      | may ask     | themselves                           |
      | approved by | the sponsors and owners of the agent |
    When 'support bot' asks for 'Read orders'
    And Ada approves the request
    And Ada revokes 'Read orders' of 'support bot' as its approver
    Then 'support bot' does not have 'Read orders'

  Scenario: Once is enough
    Given the policy 'One' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Sam revokes 'Read orders' of Max as its approver
    And Sam revokes 'Read orders' of Max as its approver
    Then it is refused because it is none of their business

  Scenario: What an administrator gave, nobody approved
    Given the policy 'One' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Olga assigns 'Read orders' to Max
    And Sam revokes 'Read orders' of Max as its approver
    Then it is refused because it is none of their business
    And Max has 'Read orders' for ever

  Scenario: Whoever holds it may ask for it again
    Given the policy 'One' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Sam revokes 'Read orders' of Max as its approver
    And Max asks for 'Read orders'
    Then stage 1 waits for Sam

  Scenario: Who was asked may take it back, also where another decided
    Given the policy 'Either' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam or Ada |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Ada revokes 'Read orders' of Max as its approver
    Then Max does not have 'Read orders'

  Scenario: An administrator was not asked, and has another way to take it
    Given the policy 'One' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Olga revokes 'Read orders' of Max as its approver
    Then it is refused because the policy does not let them
    And Max has 'Read orders' for ever
