Feature: Who is disabled waits for nothing
  What they asked for or were to receive is called off, and what waits for their decision goes to others.

  Background:
    Given the people Sam, Ada, Olga and Max
    And the agent 'support bot', sponsored by Sam and Ada
    And the access package 'Read orders'

  Scenario: A person who waits for access is disabled
    Given the policy 'One' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |
    When Max asks for 'Read orders'
    And Max is disabled
    Then the request is cancelled
    When Sam approves the request
    Then it is refused because it is too late
    And Max does not have 'Read orders'

  Scenario: An agent that waits for access is disabled
    Given the policy 'Agents' of 'Read orders'
      | for         | all agents                           |
      | may ask     | themselves                           |
      | approved by | the sponsors and owners of the agent |
    When 'support bot' asks for 'Read orders'
    And 'support bot' is disabled
    Then the request is cancelled

  Scenario: The sponsor who asked for an agent is disabled
    Given the policy 'Agents' of 'Read orders'
      | for         | all agents                           |
      | may ask     | the sponsors and owners of the agent |
      | approved by | the sponsors and owners of the agent |
    When Sam asks for 'Read orders' for 'support bot'
    Then stage 1 waits for Ada
    When Sam is disabled
    Then the request is cancelled

  Scenario: What is granted already and begins later is kept for whoever comes back
    Given the policy 'Own times' of 'Read orders'
      | for       | all members |
      | may ask   | themselves  |
      | own times | yes         |
    When Max asks for 'Read orders', beginning in 2 days
    And Max is disabled
    Then the request waits for its start
