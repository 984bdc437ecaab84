@database
Feature: What a package holds changes, and those who have it get and lose with it
  What is added is given at once, what is taken out is taken away, unless another package gives it too.
  Not played on tables: there a package holds one thing, as it was made.

  Background:
    Given the people Olga, Max and Kim
    And Olga is an administrator
    And the group 'Orders'
    And the group 'Invoices'
    And the access package 'Desk' with the group 'Orders'
    And the policy 'Desk for all' of 'Desk'
      | for     | all members |
      | may ask | themselves  |

  Scenario: What is added reaches those who have the package, and nobody else
    When Max asks for 'Desk'
    And 'Invoices' is added to 'Desk'
    Then Max is in 'Orders' and 'Invoices'
    And Kim is not in 'Orders' and 'Invoices'
    When Kim asks for 'Desk'
    Then Kim is in 'Orders' and 'Invoices'

  Scenario: What is taken out is taken away, and the rest stays
    When Max asks for 'Desk'
    And 'Invoices' is added to 'Desk'
    And 'Orders' is taken out of 'Desk'
    Then Max is not in 'Orders'
    And Max is in 'Invoices'

  Scenario: Nothing is taken away that another package gives
    Given the access package 'Reading' with the group 'Orders'
    And the policy 'Reading for all' of 'Reading'
      | for     | all members |
      | may ask | themselves  |
    When Max asks for 'Desk'
    And Max asks for 'Reading'
    And Kim asks for 'Desk'
    And 'Orders' is taken out of 'Desk'
    Then Max is in 'Orders'
    And Kim is not in 'Orders'
    When 'Orders' is taken out of 'Reading'
    Then Max is not in 'Orders'

  Scenario: Nothing is lost with one package that another gives
    Given the access package 'Reading' with the group 'Orders'
    And the policy 'Reading for all' of 'Reading'
      | for     | all members |
      | may ask | themselves  |
    When Max asks for 'Desk'
    And Max asks for 'Reading'
    And Olga takes 'Desk' from Max
    Then Max is in 'Orders'
    When Olga takes 'Reading' from Max
    Then Max is not in 'Orders'

  Scenario: What is put back comes back
    When Max asks for 'Desk'
    And 'Orders' is taken out of 'Desk'
    Then Max is not in 'Orders'
    When 'Orders' is added to 'Desk'
    Then Max is in 'Orders'
