Feature: What whoever asks has to say, and when access begins and ends

  Background:
    Given the people Sam, Ada and Max
    And the access package 'Read orders'

  Scenario: A policy may want to know why
    Given the policy 'Why' of 'Read orders'
      | for            | all users  |
      | may ask        | themselves |
      | wants a reason | yes        |
    When Max asks for 'Read orders'
    Then it is refused because nobody says why
    When Max asks for 'Read orders', saying 'ticket 4711'
    Then the request is delivered

  Scenario: Blanks are no reason
    Given the policy 'Why' of 'Read orders'
      | for            | all users  |
      | may ask        | themselves |
      | wants a reason | yes        |
    When Max asks for 'Read orders', saying '  '
    Then it is refused because nobody says why

  Scenario: A question has to be answered
    Given the policy 'Question' of 'Read orders'
      | for      | all users                |
      | may ask  | themselves               |
      | question | Which project is it for? |
    When Max asks for 'Read orders'
    Then it is refused because the question is not answered
    When Max asks for 'Read orders', answering 'Apollo'
    Then the request is delivered

  Scenario: All that is missing is said at once
    Given the policy 'Both' of 'Read orders'
      | for            | all users                |
      | may ask        | themselves               |
      | wants a reason | yes                      |
      | question       | Which project is it for? |
    When Max asks for 'Read orders'
    Then it is refused because nobody says why, and because the question is not answered

  Scenario: The policy sets the times unless it lets others do so
    Given the policy 'Fixed' of 'Read orders'
      | for     | all users  |
      | may ask | themselves |
      | lasts   | 8 hours    |
    When Max asks for 'Read orders', ending in 2 hours
    Then it is refused because the policy sets the times

  Scenario: Less than the policy gives may be asked for
    Given the policy 'Open' of 'Read orders'
      | for       | all users  |
      | may ask   | themselves |
      | lasts     | 8 hours    |
      | own times | yes        |
    When Max asks for 'Read orders', ending in 2 hours
    Then the request is delivered
    And Max has 'Read orders' for 2 hours

  Scenario: More may not
    Given the policy 'Open' of 'Read orders'
      | for       | all users  |
      | may ask   | themselves |
      | lasts     | 8 hours    |
      | own times | yes        |
    When Max asks for 'Read orders', ending in 9 hours
    Then it is refused because that is longer than the policy gives

  Scenario: Access begins when it was asked to
    Given the policy 'Open' of 'Read orders'
      | for       | all users  |
      | may ask   | themselves |
      | lasts     | 8 hours    |
      | own times | yes        |
    When Max asks for 'Read orders', beginning in 2 days
    Then the request waits for its start
    And Max does not have 'Read orders'
    When 2 days pass
    Then the request is delivered
    And Max has 'Read orders' for 8 hours

  Scenario: A request that waits for its start may be called off
    Given the policy 'Open' of 'Read orders'
      | for       | all users  |
      | may ask   | themselves |
      | own times | yes        |
    When Max asks for 'Read orders', beginning in 2 days
    And Max cancels the request
    Then the request is cancelled
    When 3 days pass
    Then Max does not have 'Read orders'

  Scenario: The start lies not in the past
    Given the policy 'Open' of 'Read orders'
      | for       | all users  |
      | may ask   | themselves |
      | own times | yes        |
    When Max asks for 'Read orders', beginning 2 days ago
    Then it is refused because the start has passed

  Scenario: The end comes after the start
    Given the policy 'Open' of 'Read orders'
      | for       | all users  |
      | may ask   | themselves |
      | own times | yes        |
    When Max asks for 'Read orders', beginning in 2 days and ending in 1 day
    Then it is refused because the end comes before the start

  Scenario: The clock starts with the delivery, not with the question
    Given the policy 'Approved' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
      | lasts       | 8 hours    |
    When Max asks for 'Read orders'
    And 3 days pass
    And Sam approves the request
    Then Max has 'Read orders' for 8 hours

  Scenario: What has ended while it waited is not delivered
    Given the policy 'Approved' of 'Read orders'
      | for         | all users  |
      | may ask     | themselves |
      | approved by | Sam        |
      | own times   | yes        |
    When Max asks for 'Read orders', ending in 2 days
    And 3 days pass
    And Sam approves the request
    Then the request could not be delivered because the access would have ended already
    And Max does not have 'Read orders'
