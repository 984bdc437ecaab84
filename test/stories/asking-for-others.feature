Feature: Asking for others
  Where a policy lets them, those who answer for an identity ask in its place. An empty list never means everybody.

  Background:
    Given the people Sam, Ada, Olga and Max
    And the agent 'support bot', sponsored by Sam, owned by Olga
    And the application 'Exporter', owned by Ada
    And the access package 'Read orders'

  Scenario Outline: Those who answer for an agent ask for it
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents                             |
      | may ask | the sponsors and owners of the agent   |
    When <who> asks for 'Read orders' for 'support bot'
    Then the request is delivered
    And 'support bot' has 'Read orders' for ever
    And <who> does not have 'Read orders'

    Examples:
      | who  |
      | Sam  |
      | Olga |

  Scenario: A stranger does not ask for an agent
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents                           |
      | may ask | the sponsors and owners of the agent |
    When Max asks for 'Read orders' for 'support bot'
    Then it is refused because no policy lets them ask

  Scenario: For agents an empty list means those who answer for them
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents   |
      | may ask | nobody named |
    When Max asks for 'Read orders' for 'support bot'
    Then it is refused because no policy lets them ask

  Scenario: The members of a group that sponsors an agent ask for it
    Given the group 'Robot keepers' with Max
    And the agent 'night bot', sponsored by Sam and 'Robot keepers'
    And the policy 'Agents' of 'Read orders'
      | for     | all agents                           |
      | may ask | the sponsors and owners of the agent |
    When Max asks for 'Read orders' for 'night bot'
    Then the request is delivered
    And 'night bot' has 'Read orders' for ever

  Scenario: Who has left that group does not
    Given the group 'Robot keepers' with Max
    And the agent 'night bot', sponsored by Sam and 'Robot keepers'
    And the policy 'Agents' of 'Read orders'
      | for     | all agents                           |
      | may ask | the sponsors and owners of the agent |
    When Max leaves 'Robot keepers'
    And Max asks for 'Read orders' for 'night bot'
    Then it is refused because no policy lets them ask

  Scenario: The owner of an application asks for it
    Given the policy 'Applications' of 'Read orders'
      | for     | all service principals        |
      | may ask | the owners of the application |
    When Ada asks for 'Read orders' for 'Exporter'
    Then the request is delivered
    When Max asks for 'Read orders' for 'Exporter'
    Then it is refused because no policy lets them ask

  Scenario Outline: A manager asks for those below
    Given Sam is the manager of Max
    And Olga is the manager of Sam
    And the policy 'Staff' of 'Read orders'
      | for     | all members |
      | may ask | <manager>   |
    When <who> asks for 'Read orders' for Max
    Then the request is delivered
    When <other> asks for 'Read orders' for Ada
    Then it is refused because no policy lets them ask

    Examples:
      | manager                                  | who  | other |
      | the manager of whoever receives          | Sam  | Olga  |
      | the manager's manager of whoever receives | Olga | Sam   |

  Scenario: The sponsor of a guest asks for it
    Given the guest Petra of no organization
    And Max sponsors Petra
    And the policy 'Guests' of 'Read orders'
      | for     | all guests                       |
      | may ask | the sponsors of whoever receives |
    When Max asks for 'Read orders' for Petra
    Then the request is delivered
    When Ada asks for 'Read orders' for Petra
    Then it is refused because no policy lets them ask

  Scenario: Somebody named asks for everybody
    Given the policy 'Assistants' of 'Read orders'
      | for     | all members |
      | may ask | Ada         |
    When Ada asks for 'Read orders' for Max
    Then the request is delivered
    And Max has 'Read orders' for ever
    When Ada asks for 'Read orders'
    Then it is refused because no policy lets them ask

  Scenario: The members of a named group ask for everybody
    Given the group 'Desk' with Olga
    And the policy 'By the desk' of 'Read orders'
      | for     | all members       |
      | may ask | members of 'Desk' |
    When Olga asks for 'Read orders' for Max
    Then the request is delivered
    When Sam asks for 'Read orders' for Ada
    Then it is refused because no policy lets them ask

  Scenario: A named application asks for others
    Given the policy 'By program' of 'Read orders'
      | for     | all members                |
      | may ask | the application 'Exporter' |
    When 'Exporter' asks for 'Read orders' for Max
    Then the request is delivered
    And Max has 'Read orders' for ever
