Feature: Nobody approves their own request
  Neither what they asked for, nor what they would receive, whatever makes them an approver. Only people decide.

  Background:
    Given the people Sam, Ada, Olga and Max
    And the agent 'support bot', sponsored by Sam and Ada
    And the access package 'Read orders'

  Scenario: Whoever asks is not among those who are asked
    Given the group 'Desk' with Max and Sam
    And the policy 'Desk decides' of 'Read orders'
      | for         | all members       |
      | may ask     | themselves        |
      | approved by | members of 'Desk' |
    When Max asks for 'Read orders'
    Then stage 1 waits for Sam

  Scenario: A sponsor who asks leaves the decision to the other
    Given the policy 'Agents' of 'Read orders'
      | for         | all agents                           |
      | may ask     | the sponsors and owners of the agent |
      | approved by | the sponsors and owners of the agent |
    When Sam asks for 'Read orders' for 'support bot'
    Then stage 1 waits for Ada
    When Sam approves the request
    Then it is refused because nobody decides what they asked for
    When Ada approves the request
    Then the request is delivered

  Scenario: The only sponsor asks, and somebody else stands in
    Given the agent 'lonely bot', sponsored by Sam
    And the policy 'Agents' of 'Read orders'
      | for         | all agents                                            |
      | may ask     | the sponsors and owners of the agent                  |
      | approved by | the sponsors and owners of the agent; otherwise Olga  |
    When Sam asks for 'Read orders' for 'lonely bot'
    Then stage 1 waits for Olga

  Scenario: The only sponsor asks, and nobody is left
    Given the agent 'lonely bot', sponsored by Sam
    And the policy 'Agents' of 'Read orders'
      | for         | all agents                                          |
      | may ask     | the sponsors and owners of the agent                |
      | approved by | the sponsors and owners of the agent; otherwise Sam |
    When Sam asks for 'Read orders' for 'lonely bot'
    Then it is refused because nobody could decide

  Scenario: Whoever receives does not decide
    Given the policy 'Assistants' of 'Read orders'
      | for         | all members |
      | may ask     | Ada         |
      | approved by | Max or Sam  |
    When Ada asks for 'Read orders' for Max
    Then stage 1 waits for Sam
    When Max approves the request
    Then it is refused because nobody decides about their own access

  Scenario: An agent decides nothing
    Given the policy 'Members' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |
    When Max asks for 'Read orders'
    And 'support bot' approves the request
    Then it is refused because it is none of their business

  Scenario: An agent does not decide about itself
    Given the policy 'Agents' of 'Read orders'
      | for         | all agents |
      | may ask     | themselves |
      | approved by | Sam        |
    When 'support bot' asks for 'Read orders'
    And 'support bot' approves the request
    Then it is refused because only people decide

  Scenario: What an agent asks for others is not decided by those who could have made it ask
    Given the policy 'By agent' of 'Read orders'
      | for         | all members             |
      | may ask     | the agent 'support bot' |
      | approved by | Sam or Olga             |
    When 'support bot' asks for 'Read orders' for Max
    Then stage 1 waits for Olga

  Scenario: The owner of an application does not decide what it asks for others
    Given the application 'Exporter', owned by Ada
    And the policy 'By program' of 'Read orders'
      | for         | all members                |
      | may ask     | the application 'Exporter' |
      | approved by | Ada; otherwise Olga        |
    When 'Exporter' asks for 'Read orders' for Max
    Then stage 1 waits for Olga
    When Olga approves the request
    Then Max has 'Read orders' for ever
