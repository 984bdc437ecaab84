@database
Feature: Deliveries that fail, and what becomes of them
  What is missing is told, with when it is tried again; what was approved stays approved.
  Not played on tables: what fails is the directory, and the tables have none that changes.

  Background:
    Given the people Sam, Olga and Max
    And Olga is an administrator
    And the group 'Oncall'
    And the group 'Vault'
    And the access package 'Nights' with the groups 'Oncall' and 'Vault'
    And the policy 'One' of 'Nights'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |

  Scenario: A group goes before the approval, and the rest is given
    When Max asks for 'Nights'
    And the group 'Vault' is deleted
    And Sam approves the request
    Then the request is partly delivered because what it gives is gone
    And Max is in 'Oncall'
    And it has been tried 1 times because what it gives is gone, and is tried again after 1 minute

  Scenario: It comes back, and the access becomes whole without another approval
    When Max asks for 'Nights'
    And the group 'Vault' is deleted
    And Sam approves the request
    Then the request is partly delivered
    When the group 'Vault' is restored
    Then in time the request is delivered
    And stage 1 stays decided
    And nothing is tried again
    And Max is in 'Oncall' and 'Vault'

  Scenario: Everything is gone, and an administrator tries again too early
    When Max asks for 'Nights'
    And the group 'Oncall' is deleted
    And the group 'Vault' is deleted
    And Sam approves the request
    Then the request could not be delivered because what it gives is gone, and because what it gives is gone
    When Olga reprocesses the request
    Then the request could not be delivered
    And stage 1 stays decided
    And it has been tried 2 times because what it gives is gone, and because what it gives is gone, and is tried again after 5 minutes

  Scenario: A failed delivery is made good a year later, and nobody approves twice
    When Max asks for 'Nights'
    And the group 'Oncall' is deleted
    And the group 'Vault' is deleted
    And Sam approves the request
    Then the request could not be delivered
    When 400 days pass
    And Olga reprocesses the request
    Then the request could not be delivered
    When the group 'Oncall' is restored
    And the group 'Vault' is restored
    Then in time the request is delivered
    And stage 1 stays decided
    And Max is in 'Oncall' and 'Vault'

  Scenario: A group goes while the access is held
    When Max asks for 'Nights'
    And Sam approves the request
    Then Max is in 'Oncall' and 'Vault'
    When the group 'Vault' is deleted
    Then 'Nights' of Max comes to be partly delivered
    And Max is in 'Oncall'
    When the group 'Vault' is restored
    Then 'Nights' of Max comes to be whole
    And Max is in 'Oncall' and 'Vault'

  Scenario: Access that is whole may be given again at any time
    When Max asks for 'Nights'
    And Sam approves the request
    And 400 days pass
    And Olga reprocesses 'Nights' of Max
    Then 'Nights' of Max comes to be whole
    And Max is in 'Oncall' and 'Vault'

  Scenario: Whoever asked does not try again themselves
    When Max asks for 'Nights'
    And the group 'Oncall' is deleted
    And the group 'Vault' is deleted
    And Sam approves the request
    And Max reprocesses the request
    Then it is refused because they have no such right
