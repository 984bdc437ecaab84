Feature: Separation of duties
  Who holds one thing cannot have what it excludes: refused when asked, and again when approved.

  Background:
    Given the people Sam, Olga and Max
    And Olga is an administrator
    And the group 'Cashiers' with Max
    And the access package 'Order goods'
    And the access package 'Pay for goods'
    And the policy 'Orders' of 'Order goods'
      | for     | all members |
      | may ask | themselves  |
      | lasts   | 5 days      |
    And the policy 'Payments' of 'Pay for goods'
      | for         | all members |
      | may ask     | themselves  |
      | approved by | Sam         |

  Scenario: Either excludes the other
    Given 'Pay for goods' and 'Order goods' exclude each other
    When Max asks for 'Order goods'
    And Max asks for 'Pay for goods'
    Then it is refused because another package excludes it

  Scenario: The other way round too, and while it is only asked for
    Given 'Pay for goods' and 'Order goods' exclude each other
    When Max asks for 'Pay for goods'
    And Max asks for 'Order goods'
    Then it is refused because another package excludes it

  Scenario: Who has given it up may have the other
    Given 'Pay for goods' and 'Order goods' exclude each other
    When Max asks for 'Order goods'
    And Max returns 'Order goods'
    And Max asks for 'Pay for goods'
    Then the request waits for approval

  Scenario: When the one has ended the other may be asked for
    Given 'Pay for goods' and 'Order goods' exclude each other
    When Max asks for 'Order goods'
    And 6 days pass
    And Max asks for 'Pay for goods'
    Then the request waits for approval

  Scenario: Others are not concerned
    Given 'Pay for goods' and 'Order goods' exclude each other
    When Max asks for 'Order goods'
    And Olga asks for 'Pay for goods'
    Then the request waits for approval

  Scenario: A group excludes its members
    Given 'Order goods' excludes the members of 'Cashiers'
    When Max asks for 'Order goods'
    Then it is refused because a group excludes it
    When Max leaves 'Cashiers'
    And Max asks for 'Order goods'
    Then the request is delivered

  Scenario: An administrator is bound by it too
    Given 'Order goods' excludes the members of 'Cashiers'
    When Olga assigns 'Order goods' to Max
    Then it is refused because a group excludes it

  Scenario: What comes to exclude it while it waits is seen at the approval
    When Max asks for 'Pay for goods'
    And 'Pay for goods' excludes the members of 'Cashiers'
    And Sam approves the request
    Then it is refused because a group excludes it
    And Max does not have 'Pay for goods'
    When Max leaves 'Cashiers'
    And Sam approves the request
    Then the request is delivered
