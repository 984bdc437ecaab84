Feature: Guests and the organizations that they come from

  Background:
    Given the people Sam, Ada and Max
    And the connected organization 'Acme'
    And the proposed organization 'Beta'
    And the guest Anna of 'Acme'
    And the guest Ben of 'Beta'
    And the guest Nick of no organization
    And the access package 'Read orders'

  Scenario Outline: <who> and a policy for <for>
    Given the policy 'Guests' of 'Read orders'
      | for     | <for>      |
      | may ask | themselves |
    When <who> asks for 'Read orders'
    Then the request is delivered
    And <who> has 'Read orders' for ever

    Examples:
      | for                                | who  |
      | all guests                         | Anna |
      | all guests                         | Ben  |
      | all guests                         | Nick |
      | all users                          | Nick |
      | all users                          | Max  |
      | all members                        | Max  |
      | guests of configured organizations | Anna |
      | guests of 'Acme'                   | Anna |
      | guests of 'Beta'                   | Ben  |

  Scenario Outline: <who> is not among <for>
    Given the policy 'Guests' of 'Read orders'
      | for     | <for>      |
      | may ask | themselves |
    When <who> asks for 'Read orders'
    Then it is refused because no policy lets them ask

    Examples:
      | for                                | who  |
      | all members                        | Anna |
      | all guests                         | Max  |
      | guests of configured organizations | Ben  |
      | guests of configured organizations | Nick |
      | guests of 'Acme'                   | Ben  |
      | guests of 'Acme'                   | Max  |
