Feature: Asking for oneself
  Whoever a policy is for may ask for the package themselves, where the policy says so.

  Background:
    Given the people Sam, Ada and Max
    And the agent 'support bot', sponsored by Sam and Ada
    And the access package 'Read orders'

  Scenario: An agent asks, and gets access at once where nobody has to approve
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents |
      | may ask | themselves |
      | lasts   | 8 hours    |
    When 'support bot' asks for 'Read orders'
    Then the request is delivered
    And 'support bot' has 'Read orders' for 8 hours

  Scenario: Nobody gets what is for others
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents |
      | may ask | themselves |
    When Max asks for 'Read orders'
    Then it is refused because no policy lets them ask
    And Max does not have 'Read orders'

  Scenario: A policy may be for somebody who may not ask
    Given the policy 'Agents' of 'Read orders'
      | for     | all agents |
      | may ask | nobody     |
    When 'support bot' asks for 'Read orders'
    Then it is refused because no policy lets them ask

  Scenario: A package that is not published is not there
    Given the access package 'Secret', which is not published
    And the policy 'Everybody' of 'Secret'
      | for     | all users  |
      | may ask | themselves |
    When Max asks for 'Secret'
    Then it is refused because no policy lets them ask

  Scenario: What is for administrators to assign cannot be asked for
    Given the policy 'By hand' of 'Read orders'
      | for     | whom an administrator chooses |
      | may ask | themselves                    |
    When Max asks for 'Read orders'
    Then it is refused because no policy lets them ask

  Scenario: Whoever has it already cannot get it twice
    Given the policy 'Everybody' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
    When Max asks for 'Read orders'
    And Max asks for 'Read orders'
    Then it is refused because it is held already

  Scenario: Whoever waits for it cannot ask again
    Given the policy 'Everybody' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Max asks for 'Read orders'
    Then it is refused because it has been asked for already

  Scenario: After a denial they may ask again
    Given the policy 'Everybody' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Sam denies the request
    Then the request is denied
    When Max asks for 'Read orders'
    Then the request waits for approval

  Scenario: Whoever asks may call it off while it waits
    Given the policy 'Everybody' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Max cancels the request
    Then the request is cancelled
    When Sam approves the request
    Then it is refused because it is too late

  Scenario: Not even the approver calls it off
    Given the policy 'Everybody' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Sam cancels the request
    Then it is refused because they have no such right
    And the request waits for approval

  @http
  Scenario: A stranger who would call it off does not learn that it is there
    Over HTTP only: what somebody may see is a question of the service, not of the rules.

    Given the policy 'Everybody' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
    When Max asks for 'Read orders'
    And Ada cancels the request
    Then it is refused because it is none of their business
    And the request waits for approval

  Scenario: What has been delivered cannot be called off
    Given the policy 'Everybody' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
    When Max asks for 'Read orders'
    And Max cancels the request
    Then it is refused because it is too late

  Scenario: An application asks for itself
    Given the application 'Exporter', owned by Ada
    And the policy 'Applications' of 'Read orders'
      | for     | all service principals |
      | may ask | themselves             |
    When 'Exporter' asks for 'Read orders'
    Then the request is delivered
    And 'Exporter' has 'Read orders' for ever

  Scenario: An agent is no service principal to a policy
    Given the policy 'Applications' of 'Read orders'
      | for     | all service principals |
      | may ask | themselves             |
    When 'support bot' asks for 'Read orders'
    Then it is refused because no policy lets them ask

  Scenario Outline: A policy for somebody named is for nobody else
    Given the group 'Crew' with Ada
    And the policy 'Named' of 'Read orders'
      | for     | <for>      |
      | may ask | themselves |
    When <who> asks for 'Read orders'
    Then the request is delivered
    When Max asks for 'Read orders'
    Then it is refused because no policy lets them ask

    Examples:
      | for                     | who           |
      | Sam                     | Sam           |
      | members of 'Crew'       | Ada           |
      | Sam, members of 'Crew'  | Ada           |
      | the agent 'support bot' | 'support bot' |
