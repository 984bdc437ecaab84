@database
Feature: Access that comes with what somebody is, and goes with it
  A policy gives its package by itself to whoever matches its rule, and takes it when they no longer do.
  Not played on tables: they hold no directory whose people move, and no server that looks at it.

  Background:
    Given the people Pat, Kim, Sam, Olga and Max
    And Olga is an administrator
    And the access package 'Read orders'

  Scenario: It comes with the department and goes with it, and nobody is asked
    Given the policy 'Sales' gives 'Read orders' by itself
      | to whom | people in 'Sales' |
    When Pat works in 'Sales'
    And Kim works in 'Support'
    Then Pat comes to have 'Read orders'
    And Kim does not have 'Read orders'
    When Pat works in 'Support'
    Then Pat comes to lose 'Read orders'

  Scenario: Whoever leaves keeps it for a time of grace, and then no longer
    Given the policy 'Sales' gives 'Read orders' by itself
      | to whom   | people in 'Sales' |
      | stays for | 7 days            |
    When Pat works in 'Sales'
    Then Pat comes to have 'Read orders'
    When Pat works nowhere any more
    Then 'Read orders' of Pat comes to be about to end
    When 6 days pass
    Then Pat has 'Read orders' for ever
    When 2 days pass
    Then Pat comes to lose 'Read orders'

  Scenario: Whoever comes back in that time keeps it
    Given the policy 'Sales' gives 'Read orders' by itself
      | to whom   | people in 'Sales' |
      | stays for | 7 days            |
    When Pat works in 'Sales'
    Then Pat comes to have 'Read orders'
    When Pat works nowhere any more
    Then 'Read orders' of Pat comes to be about to end
    When Pat works in 'Sales'
    Then 'Read orders' of Pat comes to stay
    When 8 days pass
    Then Pat has 'Read orders' for ever

  Scenario: A brake holds, nobody loses anything, and an administrator lets it go on
    Given the policy 'Sales' gives 'Read orders' by itself
      | to whom             | people in 'Sales'       |
      | asks an administrator | before it takes anything |
    When Pat works in 'Sales'
    And Kim works in 'Sales'
    Then Pat comes to have 'Read orders'
    And Kim comes to have 'Read orders'
    When Pat works nowhere any more
    Then the run of 'Sales' comes to wait for an administrator, because it would take from Pat
    And Pat has 'Read orders' for ever
    When Olga confirms the run of 'Sales'
    Then Pat comes to lose 'Read orders'
    And Kim has 'Read orders' for ever

  Scenario: An administrator discards what was held, and it is kept
    Given the policy 'Sales' gives 'Read orders' by itself
      | to whom               | people in 'Sales'        |
      | asks an administrator | before it takes anything |
    When Pat works in 'Sales'
    Then Pat comes to have 'Read orders'
    When Pat works nowhere any more
    Then the run of 'Sales' comes to wait for an administrator, because it would take from Pat
    When Olga discards the run of 'Sales'
    Then no run of 'Sales' waits for an administrator
    And Pat has 'Read orders' for ever

  Scenario Outline: Nobody else <does> a run that is held, not even whoever would lose by it
    Given the policy 'Sales' gives 'Read orders' by itself
      | to whom               | people in 'Sales'        |
      | asks an administrator | before it takes anything |
    When Pat works in 'Sales'
    Then Pat comes to have 'Read orders'
    When Pat works nowhere any more
    Then the run of 'Sales' comes to wait for an administrator, because it would take from Pat
    When <who> <does> the run of 'Sales'
    Then it is refused because they have no such right
    And Pat has 'Read orders' for ever

    Examples:
      | who | does     |
      | Pat | discards |
      | Max | confirms |

  Scenario: An agent of the blueprint gets what its tag brings, and another agent does not
    Given the agent 'support bot', sponsored by Sam
    And the agent 'other bot', sponsored by Sam
    And the policy 'Production' gives 'Read orders' by itself
      | to whom | agents of the blueprint that are tagged 'prod' |
    When 'support bot' is tagged 'prod'
    And 'other bot' is tagged 'test'
    Then 'support bot' comes to have 'Read orders'
    And 'other bot' does not have 'Read orders'
    When 'support bot' is not tagged any more
    Then 'support bot' comes to lose 'Read orders'

  Scenario: A rule gives nothing that something else excludes
    Given the access package 'Write orders'
    And 'Read orders' and 'Write orders' exclude each other
    And the policy 'By hand' of 'Write orders'
      | for | whom an administrator chooses |
    And the policy 'Sales' gives 'Read orders' by itself
      | to whom | people in 'Sales' |
    When Olga assigns 'Write orders' to Pat
    And Pat works in 'Sales'
    And Kim works in 'Sales'
    Then Kim comes to have 'Read orders'
    And Pat does not have 'Read orders'
