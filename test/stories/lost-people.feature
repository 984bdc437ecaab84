Feature: People leave, and nothing is stuck
  A stage whose approvers are all gone goes to those who stand in, then to the owners of the catalog; else the request is denied.

  Background:
    Given the people Sam, Ada, Olga, Cleo and Max
    And the access package 'Read orders'

  Scenario: One of two approvers leaves, and the other is still asked
    Given the policy 'Two' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam or Ada  |
    When Max asks for 'Read orders'
    And Sam is deleted
    Then the request waits for approval
    When Ada approves the request
    Then the request is delivered

  Scenario: The only approver leaves, and the fallback is asked
    Given the policy 'One' of 'Read orders'
      | for         | all members         |
      | may ask     | themselves          |
      | approved by | Sam; otherwise Olga |
    When Max asks for 'Read orders'
    And Sam is disabled
    Then stage 1 waits for Olga

  Scenario: Nobody is left but the owner of the catalog
    Given Cleo owns the catalog
    And the policy 'One' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |
    When Max asks for 'Read orders'
    And Sam is deleted
    Then stage 1 waits for Cleo

  Scenario: Nobody is left at all
    Given the policy 'One' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |
    When Max asks for 'Read orders'
    And Sam is deleted
    Then the request is denied because nobody is left who could decide

  Scenario: Whoever is to be asked later leaves in the meantime
    Given the policy 'Two stages' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |
      | then by     | Ada         |
    When Max asks for 'Read orders'
    And Ada is disabled
    And Sam approves the request
    Then the request is denied because nobody is left who could decide
    And Max does not have 'Read orders'

  Scenario: Who waits for access and is deleted waits no more
    Given the policy 'One' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |
    When Max asks for 'Read orders'
    And Max is deleted
    Then the request is cancelled

  Scenario: Who is deleted has nothing any more
    Given the policy 'All' of 'Read orders'
      | for     | all members |
      | may ask | themselves  |
    When Max asks for 'Read orders'
    And Max is deleted
    Then Max does not have 'Read orders'
