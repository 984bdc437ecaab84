Feature: Who must say yes
  One of those who are asked at a stage decides it. The next stage opens when the one before is approved.

  Background:
    Given the people Sam, Ada, Olga, Max and Tom
    And the agent 'support bot', sponsored by Sam and Ada
    And the access package 'Read orders'

  Scenario: The sponsors of an agent decide
    Given the policy 'Agents' of 'Read orders'
      | for         | all agents                           |
      | may ask     | themselves                           |
      | approved by | the sponsors and owners of the agent |
      | lasts       | 8 hours                              |
    When 'support bot' asks for 'Read orders'
    Then stage 1 waits for Sam and Ada
    And 'support bot' does not have 'Read orders'
    When Ada approves the request
    Then the request is delivered
    And 'support bot' has 'Read orders' for 8 hours

  Scenario: One no is enough
    Given the policy 'Agents' of 'Read orders'
      | for         | all agents |
      | may ask     | themselves |
      | approved by | Sam or Ada |
      | then by     | Olga       |
    When 'support bot' asks for 'Read orders'
    And Sam denies the request
    Then the request is denied
    And 'support bot' does not have 'Read orders'

  Scenario: Three stages one after the other
    Given the policy 'Long way' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
      | then by     | Ada        |
      | lastly by   | Olga       |
    When Max asks for 'Read orders'
    Then stage 1 waits for Sam
    When Ada approves the request
    Then it is refused because it is none of their business
    When Sam approves the request
    Then stage 2 waits for Ada
    When Ada approves the request
    Then stage 3 waits for Olga
    And Max does not have 'Read orders'
    When Olga approves the request
    Then the request is delivered

  Scenario: A denial at a later stage is a denial
    Given the policy 'Two' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
      | then by     | Ada        |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Ada denies the request
    Then the request is denied
    And Max does not have 'Read orders'

  Scenario: What is decided stays decided
    Given the policy 'One' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam or Ada |
    When Max asks for 'Read orders'
    And Sam denies the request
    And Ada approves the request
    Then it is refused because it is too late
    And the request is denied

  Scenario: Who was not asked does not decide, and learns nothing
    Given the policy 'One' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Tom approves the request
    Then it is refused because it is none of their business
    And the request waits for approval

  Scenario: The owner of the catalog sees it, but was not asked either
    Given Tom owns the catalog
    And the policy 'One' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Tom approves the request
    Then it is refused because they are no approver

  Scenario: An approver may have to say why
    Given the policy 'Reasoned' of 'Read orders'
      | for                        | all users  |
      | may ask                    | themselves |
      | approved by                | Sam        |
      | approved by wants a reason | yes        |
    When Max asks for 'Read orders'
    And Sam approves the request
    Then it is refused because an approver has to say why
    When Sam approves the request, saying 'she is new'
    Then the request is delivered

  Scenario Outline: <relation> decides
    Given Sam is the manager of Max
    And Olga is the manager of Sam
    And the policy 'Relations' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | <relation>  |
    When Max asks for 'Read orders'
    Then stage 1 waits for <who>
    When <who> approves the request
    Then the request is delivered

    Examples:
      | relation                                  | who  |
      | the manager of whoever asks               | Sam  |
      | the manager of whoever receives           | Sam  |
      | the manager's manager of whoever receives | Olga |

  Scenario: The members of a group decide
    Given the group 'Desk' with Sam and Tom
    And the policy 'Desk decides' of 'Read orders'
      | for         | all members       |
      | may ask     | themselves        |
      | approved by | members of 'Desk' |
    When Max asks for 'Read orders'
    Then stage 1 waits for Sam and Tom

  Scenario: The owner of an application decides
    Given the application 'Exporter', owned by Tom
    And the policy 'Applications' of 'Read orders'
      | for         | all service principals        |
      | may ask     | themselves                    |
      | approved by | the owners of the application |
    When 'Exporter' asks for 'Read orders'
    Then stage 1 waits for Tom

  Scenario: Without a manager those who stand in are asked
    Given the policy 'Managers' of 'Read orders'
      | for         | all members                                |
      | may ask     | themselves                                 |
      | approved by | the manager of whoever asks; otherwise Tom |
    When Max asks for 'Read orders'
    Then stage 1 waits for Tom

  Scenario: A request that nobody could decide is not taken
    Given the policy 'Managers' of 'Read orders'
      | for         | all members                 |
      | may ask     | themselves                  |
      | approved by | the manager of whoever asks |
    When Max asks for 'Read orders'
    Then it is refused because nobody could decide

  Scenario: A disabled approver is nobody
    Given Sam is disabled
    And the policy 'Only Sam' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |
    When Max asks for 'Read orders'
    Then it is refused because nobody could decide
