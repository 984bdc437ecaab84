Feature: What time does
  Access ends when it should, and what nobody decides in time is denied.

  Background:
    Given the people Sam, Ada and Max
    And the access package 'Read orders'

  Scenario: Access ends by itself
    Given the policy 'A day' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
      | lasts   | 1 day      |
    When Max asks for 'Read orders'
    And 23 hours pass
    Then Max has 'Read orders' for 1 hour
    When 1 hour passes
    Then Max does not have 'Read orders'

  Scenario: After the end they may ask again
    Given the policy 'A day' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
      | lasts   | 1 day      |
    When Max asks for 'Read orders'
    And 2 days pass
    And Max asks for 'Read orders'
    Then Max has 'Read orders' for 1 day

  Scenario: Access without an end does not end
    Given the policy 'For ever' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
    When Max asks for 'Read orders'
    And 1000 days pass
    Then Max has 'Read orders' for ever

  Scenario: What nobody decides in time is denied
    Given the policy 'Slow' of 'Read orders'
      | for               | all users  |
      | may ask           | themselves |
      | approved by       | Sam        |
      | approved by lasts | 2 days     |
    When Max asks for 'Read orders'
    And 47 hours pass
    Then the request waits for approval
    When 1 hour passes
    Then the request is denied because nobody decided in time
    When Sam approves the request
    Then it is refused because it is too late

  Scenario: Each stage has its own time, from when it opens
    Given the policy 'Slow' of 'Read orders'
      | for               | all users  |
      | may ask           | themselves |
      | approved by       | Sam        |
      | approved by lasts | 2 days     |
      | then by           | Ada        |
      | then by lasts     | 3 days     |
    When Max asks for 'Read orders'
    And 1 day passes
    And Sam approves the request
    And 2 days pass
    Then stage 2 waits for Ada
    When 1 day passes
    Then the request is denied because nobody decided in time
