Feature: More time, and giving access back

  Background:
    Given the people Sam, Ada, Olga and Max
    And Olga is an administrator
    And the agent 'support bot', sponsored by Sam
    And the access package 'Read orders'

  Scenario: Access may be extended before it ends
    Given the policy 'Two days' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
      | lasts   | 2 days     |
    When Max asks for 'Read orders'
    And 1 day passes
    And Max extends 'Read orders'
    Then the request is delivered
    And Max has 'Read orders' for 2 days

  Scenario: An extension may need approval of its own
    Given the policy 'Two days' of 'Read orders'
      | for                    | all users  |
      | may ask                | themselves |
      | approved by            | Sam        |
      | approved when extended | yes        |
      | lasts                  | 2 days     |
    When Max asks for 'Read orders'
    And Sam approves the request
    And 1 day passes
    And Max extends 'Read orders'
    Then stage 1 waits for Sam
    And Max has 'Read orders' for 1 day
    When Sam approves the request
    Then Max has 'Read orders' for 2 days

  Scenario: An extension that is denied leaves the access as it is
    Given the policy 'Two days' of 'Read orders'
      | for                    | all users  |
      | may ask                | themselves |
      | approved by            | Sam        |
      | approved when extended | yes        |
      | lasts                  | 2 days     |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Max extends 'Read orders'
    And Sam denies the request
    Then the request is denied
    And Max has 'Read orders' for 2 days

  Scenario: An approval for access need not be one for more
    Given the policy 'Two days' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
      | lasts       | 2 days     |
    When Max asks for 'Read orders'
    And Sam approves the request
    And 1 day passes
    And Max extends 'Read orders'
    Then the request is delivered
    And Max has 'Read orders' for 2 days

  Scenario: A policy may let nobody extend
    Given the policy 'Once' of 'Read orders'
      | for     | all users   |
      | may ask | themselves  |
      | may     | ask, return |
    When Max asks for 'Read orders'
    And Max extends 'Read orders'
    Then it is refused because the policy does not let them

  Scenario: What has ended cannot be extended
    Given the policy 'Two days' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
      | lasts   | 2 days     |
    When Max asks for 'Read orders'
    And 3 days pass
    And Max extends 'Read orders'
    Then it is refused because it is none of their business

  Scenario: A sponsor asks for more time for the agent
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents                           |
      | may ask | the sponsors and owners of the agent |
      | lasts   | 2 days                               |
    When Sam asks for 'Read orders' for 'support bot'
    And 1 day passes
    And Sam extends 'Read orders' for 'support bot'
    Then 'support bot' has 'Read orders' for 2 days

  Scenario: A shorter end may be asked for where own times are allowed
    Given the policy 'Open' of 'Read orders'
      | for       | all users  |
      | may ask   | themselves |
      | lasts     | 9 days     |
      | own times | yes        |
    When Max asks for 'Read orders'
    And Max extends 'Read orders', ending in 3 days
    Then Max has 'Read orders' for 3 days

  Scenario: Access is given back
    Given the policy 'Everybody' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
    When Max asks for 'Read orders'
    And Max returns 'Read orders'
    Then the request is delivered
    And Max does not have 'Read orders'

  Scenario: A policy may let nobody return
    Given the policy 'Kept' of 'Read orders'
      | for     | all users   |
      | may ask | themselves  |
      | may     | ask, extend |
    When Max asks for 'Read orders'
    And Max returns 'Read orders'
    Then it is refused because the policy does not let them
    And Max has 'Read orders' for ever

  Scenario: A sponsor returns what the agent has
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents                           |
      | may ask | the sponsors and owners of the agent |
    When Sam asks for 'Read orders' for 'support bot'
    And Sam returns 'Read orders' for 'support bot'
    Then 'support bot' does not have 'Read orders'

  Scenario: Nobody returns what is not theirs
    Given the policy 'Everybody' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
    When Max asks for 'Read orders'
    And Ada returns 'Read orders' for Max
    Then it is refused because it is none of their business
    And Max has 'Read orders' for ever

  Scenario: An approver takes back what they approved
    Given the policy 'Everybody' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Sam revokes 'Read orders' of Max as its approver
    Then Max does not have 'Read orders'

  Scenario: Who approved nothing takes nothing back
    Given the policy 'Everybody' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Ada revokes 'Read orders' of Max as its approver
    Then it is refused because it is none of their business
