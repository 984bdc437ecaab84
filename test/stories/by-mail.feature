@http
Feature: People from outside who are known by their mail address alone
  An administrator assigns to the address; whoever has it is brought in as a guest of the organization that it belongs to.
  Over HTTP only: the directory itself takes them in.

  Background:
    Given the people Olga and Max
    And Olga is an administrator
    And the connected organization 'Acme'
    And the proposed organization 'Beta'
    And the access package 'Read orders'

  Scenario: Somebody of a configured organization is brought in and has access
    Given the policy 'Partners' of 'Read orders'
      | for | guests of configured organizations |
    When Olga invites 'nina' of 'Acme' to 'Read orders'
    Then the request is delivered
    And 'nina' has 'Read orders' for ever

  Scenario: A second invitation does not make a second guest
    Given the policy 'Partners' of 'Read orders'
      | for | guests of configured organizations |
    When Olga invites 'nina' of 'Acme' to 'Read orders'
    And Olga invites 'nina' of 'Acme' to 'Read orders'
    Then it is refused because it is held already

  Scenario: Nobody comes from an organization that is only proposed
    Given the policy 'Partners' of 'Read orders'
      | for | guests of configured organizations |
    When Olga invites 'nina' of 'Beta' to 'Read orders'
    Then it is refused because their organization is only proposed, and because no policy is for people from outside
    And the directory does not know 'nina' of 'Beta'

  Scenario: Nobody comes where no policy is for people from outside
    Given the policy 'Inside' of 'Read orders'
      | for | all users |
    When Olga invites 'nina' of 'Acme' to 'Read orders'
    Then it is refused because no policy is for people from outside
    And the directory does not know 'nina' of 'Acme'

  Scenario: Who may not assign does not invite
    Given the policy 'Partners' of 'Read orders'
      | for | guests of configured organizations |
    When Max invites 'nina' of 'Acme' to 'Read orders'
    Then it is refused because they have no such right
    And the directory does not know 'nina' of 'Acme'
