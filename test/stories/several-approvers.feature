Feature: Several approvals of one stage, and others who are asked when nobody answers

  Background:
    Given the people Sam, Ada, Olga, Tom and Max
    And the group 'Desk' with Sam, Ada and Olga
    And the access package 'Read orders'

  Scenario: Two different people have to approve
    Given the policy 'Four eyes' of 'Read orders'
      | for                    | all members       |
      | may ask                | themselves        |
      | approved by            | members of 'Desk' |
      | approved by as many as | 2                 |
    When Max asks for 'Read orders'
    And Sam approves the request
    Then the request waits for approval
    And Max does not have 'Read orders'
    When Sam approves the request
    Then it is refused because it is too late
    When Ada approves the request
    Then the request is delivered
    And Max has 'Read orders' for ever

  Scenario: One no outweighs the yes before it
    Given the policy 'Four eyes' of 'Read orders'
      | for                    | all members       |
      | may ask                | themselves        |
      | approved by            | members of 'Desk' |
      | approved by as many as | 2                 |
    When Max asks for 'Read orders'
    And Sam approves the request
    And Ada denies the request
    Then the request is denied

  Scenario: A request that too few could approve is not taken
    Given the policy 'Six eyes' of 'Read orders'
      | for                    | all members       |
      | may ask                | themselves        |
      | approved by            | members of 'Desk' |
      | approved by as many as | 3                 |
    When Max asks for 'Read orders'
    Then stage 1 waits for Sam, Ada and Olga
    When Sam asks for 'Read orders'
    Then it is refused because too few could decide

  Scenario: Those who stand in fill the seats that are missing
    Given the policy 'Four eyes' of 'Read orders'
      | for                    | all members         |
      | may ask                | themselves          |
      | approved by            | Sam; otherwise Tom  |
      | approved by as many as | 2                   |
    When Max asks for 'Read orders'
    Then stage 1 waits for Sam and Tom

  Scenario: A substitute sits on one seat, not on two
    Given the policy 'Four eyes' of 'Read orders'
      | for                    | all members |
      | may ask                | themselves  |
      | approved by            | Sam or Ada  |
      | approved by as many as | 2           |
    When Sam names Tom as substitute for 3 days
    And Ada names Tom as substitute for 3 days
    And Max asks for 'Read orders'
    And Tom approves the request
    Then the request waits for approval
    When Tom approves the request
    Then it is refused because it is too late
    And Max does not have 'Read orders'

  Scenario: When nobody answers others are asked besides
    Given the policy 'In time' of 'Read orders'
      | for               | all members      |
      | may ask           | themselves       |
      | approved by       | Sam              |
      | approved by lasts | 6 days           |
      | approved by also  | Tom after 3 days |
    When Max asks for 'Read orders'
    And 2 days pass
    Then stage 1 waits for Sam
    When Tom approves the request
    Then it is refused because it is none of their business
    When 1 day passes
    Then stage 1 waits for Sam and Tom
    When Tom approves the request
    Then the request is delivered

  Scenario: Others are asked in vain, and the request is denied in its time
    Given the policy 'In time' of 'Read orders'
      | for               | all members      |
      | may ask           | themselves       |
      | approved by       | Sam              |
      | approved by lasts | 6 days           |
      | approved by also  | Tom after 3 days |
    When Max asks for 'Read orders'
    And 4 days pass
    And 2 days pass
    Then the request is denied because nobody decided in time
    And Max does not have 'Read orders'
