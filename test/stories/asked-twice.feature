@http
Feature: An answer that was lost is asked for again
  Whoever asks with a key and hears nothing asks again with the same key: nothing happens twice, and the same answer comes.
  Over HTTP only: the key is a header, and what is kept of it is the answer.

  Background:
    Given the people Sam, Kim and Max
    And the access package 'Read orders'
    And the policy 'One' of 'Read orders'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |

  Scenario: The same key, the same request
    When Max asks for 'Read orders' with the key 'monday'
    And Max asks for 'Read orders' with the key 'monday'
    Then both answers are about the same request
    And Max has made 1 request for 'Read orders'

  Scenario: Another key is another request, and is refused like one
    When Max asks for 'Read orders' with the key 'monday'
    And Max asks for 'Read orders' with the key 'tuesday'
    Then it is refused because it has been asked for already
    And Max has made 1 request for 'Read orders'

  Scenario: Somebody else's key is nobody else's
    When Max asks for 'Read orders' with the key 'monday'
    And Kim asks for 'Read orders' with the key 'monday'
    Then Max has made 1 request for 'Read orders'
    And Kim has made 1 request for 'Read orders'
