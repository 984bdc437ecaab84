Feature: What administrators do
  An administrator, or whoever manages assignments, gives access and takes it away without being asked for approval.

  Background:
    Given the people Sam, Olga, Amy and Max
    And Olga is an administrator
    And Amy manages assignments
    And the agent 'support bot', sponsored by Sam
    And the access package 'Read orders'

  Scenario Outline: <who> assigns
    Given the policy 'By hand' of 'Read orders'
      | for         | whom an administrator chooses |
      | approved by | Sam                           |
      | lasts       | 3 days                        |
    When <who> assigns 'Read orders' to 'support bot'
    Then the request is delivered
    And 'support bot' has 'Read orders' for 3 days

    Examples:
      | who  |
      | Olga |
      | Amy  |

  Scenario: Nobody else assigns
    Given the policy 'By hand' of 'Read orders'
      | for | whom an administrator chooses |
    When Sam assigns 'Read orders' to Max
    Then it is refused because they have no such right

  Scenario: An administrator keeps to the scope of the policies
    Given the policy 'Agents' of 'Read orders'
      | for | all agents |
    When Olga assigns 'Read orders' to Max
    Then it is refused because no policy is for whoever would receive

  Scenario: An administrator sets another end
    Given the policy 'By hand' of 'Read orders'
      | for   | whom an administrator chooses |
      | lasts | 9 days                        |
    When Olga assigns 'Read orders' to Max
    And Olga sets 'Read orders' of Max to end in 2 days
    Then Max has 'Read orders' for 2 days

  Scenario: An administrator does not go beyond the policy
    Given the policy 'By hand' of 'Read orders'
      | for   | whom an administrator chooses |
      | lasts | 9 days                        |
    When Olga assigns 'Read orders' to Max
    And Olga sets 'Read orders' of Max to end in 10 days
    Then it is refused because that is longer than the policy gives

  Scenario: An administrator takes access away
    Given the policy 'By hand' of 'Read orders'
      | for | whom an administrator chooses |
    When Olga assigns 'Read orders' to Max
    And Amy takes 'Read orders' from Max
    Then the request is delivered
    And Max does not have 'Read orders'

  Scenario: A disabled identity gets nothing
    Given the policy 'By hand' of 'Read orders'
      | for | whom an administrator chooses |
    And Max is disabled
    When Olga assigns 'Read orders' to Max
    Then it is refused because whoever would receive is disabled

  Scenario: A person cannot hold what is for programs
    Given the access package 'Call the API' with an API permission
    And the policy 'By hand' of 'Call the API'
      | for | whom an administrator chooses |
    When Olga assigns 'Call the API' to Max
    Then it is refused because users hold no API permissions
    When Olga assigns 'Call the API' to 'support bot'
    Then the request is delivered

  Scenario: An agent stays out of groups for roles
    Given the access package 'Be an operator' with a role-assignable group
    And the policy 'By hand' of 'Be an operator'
      | for | whom an administrator chooses |
    When Olga assigns 'Be an operator' to 'support bot'
    Then it is refused because agents stay out of groups for roles
    When Olga assigns 'Be an operator' to Max
    Then the request is delivered

  Scenario: A disabled identity and something that it could not hold are said together
    Given the access package 'Call the API' with an API permission
    And the policy 'By hand' of 'Call the API'
      | for | whom an administrator chooses |
    And Max is disabled
    When Olga assigns 'Call the API' to Max
    Then it is refused because whoever would receive is disabled, and because users hold no API permissions
