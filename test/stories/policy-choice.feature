Feature: Several policies of one package
  The narrowest policy that fits is taken: named people first, then members, then all users, then people from elsewhere.

  Background:
    Given the people Sam, Ada and Max
    And Ada is an administrator
    And the access package 'Read orders'
    And the policy 'Everybody' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
      | lasts   | 1 day      |
    And the policy 'Members' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Ada         |
      | lasts       | 2 days      |

  Scenario: The narrower policy decides
    When Max asks for 'Read orders'
    Then stage 1 waits for Ada

  Scenario: Somebody named goes before all members
    Given the policy 'Max only' of 'Read orders'
      | for     | Max        |
      | may ask | themselves |
      | lasts   | 5 days     |
    When Max asks for 'Read orders'
    Then Max has 'Read orders' for 5 days
    When Sam asks for 'Read orders'
    Then stage 1 waits for Ada

  Scenario: A policy may be named
    When Max asks for 'Read orders' under 'Everybody'
    Then the request is delivered
    And Max has 'Read orders' for 1 day

  Scenario: A policy that is not for them cannot be named
    Given the policy 'Sam only' of 'Read orders'
      | for     | Sam        |
      | may ask | themselves |
    When Max asks for 'Read orders' under 'Sam only'
    Then it is refused because no policy lets them ask

  Scenario: A guest goes by the policy that is left
    Given the guest Gina of no organization
    When Gina asks for 'Read orders'
    Then the request is delivered
    And Gina has 'Read orders' for 1 day

  Scenario: An administrator is not asked for approval
    When Ada assigns 'Read orders' to Max under 'Members'
    Then the request is delivered
    And Max has 'Read orders' for 2 days
