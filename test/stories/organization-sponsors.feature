Feature: Those who answer for another organization ask for its people and decide for them
  Internal sponsors are people of the house, external ones come from the organization itself.

  Background:
    Given the people Ina, Igor, Olga and Max
    And the connected organization 'Acme'
    And the connected organization 'Beta'
    And the guest Anna of 'Acme'
    And the guest Erik of 'Acme'
    And the guest Bea of 'Beta'
    And Ina is an internal sponsor of 'Acme'
    And Erik is an external sponsor of 'Acme'
    And the access package 'Read orders'

  Scenario Outline: <who>, one of <whom>, asks for a guest
    Given the policy 'Partners' of 'Read orders'
      | for     | guests of 'Acme' |
      | may ask | <whom>           |
    When <who> asks for 'Read orders' for Anna
    Then the request is delivered
    And Anna has 'Read orders' for ever

    Examples:
      | whom                  | who  |
      | the internal sponsors | Ina  |
      | the external sponsors | Erik |

  Scenario Outline: <who> is none of <whom>
    Given the policy 'Partners' of 'Read orders'
      | for     | all guests |
      | may ask | <whom>     |
    When <who> asks for 'Read orders' for <guest>
    Then it is refused because no policy lets them ask

    Examples:
      | whom                  | who  | guest |
      | the internal sponsors | Erik | Anna  |
      | the external sponsors | Ina  | Anna  |
      | the internal sponsors | Max  | Anna  |
      | the internal sponsors | Ina  | Bea   |
      | the external sponsors | Erik | Bea   |

  Scenario: The guest asks, the sponsor in the house decides, then the one outside
    Given the policy 'Partners' of 'Read orders'
      | for         | guests of 'Acme'      |
      | may ask     | themselves            |
      | approved by | the internal sponsors |
      | then by     | the external sponsors |
    When Anna asks for 'Read orders'
    Then stage 1 waits for Ina
    When Erik approves the request
    Then it is refused because it is none of their business
    When Ina approves the request
    Then stage 2 waits for Erik
    When Erik approves the request
    Then the request is delivered
    And Anna has 'Read orders' for ever

  Scenario: A sponsor who asks does not decide
    Given Igor is an internal sponsor of 'Acme'
    And the policy 'Partners' of 'Read orders'
      | for         | guests of 'Acme'      |
      | may ask     | the internal sponsors |
      | approved by | the internal sponsors |
    When Ina asks for 'Read orders' for Anna
    Then stage 1 waits for Igor
    When Ina approves the request
    Then it is refused because nobody decides what they asked for

  Scenario: A sponsor from outside who asks for itself does not decide either
    Given the policy 'Partners' of 'Read orders'
      | for         | guests of 'Acme'                      |
      | may ask     | themselves                            |
      | approved by | the external sponsors; otherwise Olga |
    When Erik asks for 'Read orders'
    Then stage 1 waits for Olga

  Scenario: Nobody answers for the organization, and nobody could decide
    Given the policy 'Partners' of 'Read orders'
      | for         | guests of 'Beta'      |
      | may ask     | themselves            |
      | approved by | the internal sponsors |
    When Bea asks for 'Read orders'
    Then it is refused because nobody could decide
