@http
Feature: Whoever manages one thing manages that and nothing beside it
  Over HTTP only: what somebody is shown, and what they are told is not there, is a matter of the service's answers.

  Background:
    Given the people Kim, Lee, Olga and Max
    And Olga is an administrator
    And the access package 'Lions'
    And the access package 'Tigers'
    And the policy 'Lions by hand' of 'Lions'
      | for | whom an administrator chooses |
    And the policy 'Lions for all' of 'Lions'
      | for | all members |
    And the policy 'Tigers by hand' of 'Tigers'
      | for | whom an administrator chooses |

  Scenario: The manager of one package sees and changes that one
    Given Kim manages the access package 'Lions'
    Then Kim is shown the access packages 'Lions' and no other
    And Kim is shown the policies 'Lions by hand' and 'Lions for all' and no other
    When Kim describes 'Lions' anew
    And Kim writes the policy 'Lions by hand' of 'Lions' anew
    And Kim describes 'Tigers' anew
    Then it is refused because it is none of their business
    When Kim writes the policy 'Tigers by hand' of 'Tigers' anew
    Then it is refused because it is none of their business

  Scenario: The manager of one policy sees the package and changes that policy alone
    Given Kim manages the policy 'Lions by hand'
    Then Kim is shown the access packages 'Lions' and no other
    And Kim is shown the policies 'Lions by hand' and no other
    When Kim writes the policy 'Lions by hand' of 'Lions' anew
    And Kim writes the policy 'Lions for all' of 'Lions' anew
    Then it is refused because it is none of their business
    When Kim describes 'Lions' anew
    Then it is refused because they have no such right

  Scenario: Whoever manages assignments of one policy assigns by that one
    Given Kim manages assignments of the policy 'Lions by hand'
    When Kim assigns 'Lions' to Max under 'Lions by hand'
    Then the request is delivered
    And Max has 'Lions' for ever
    When Kim takes 'Lions' from Max
    Then Max does not have 'Lions'
    When Kim writes the policy 'Lions by hand' of 'Lions' anew
    Then it is refused because they have no such right

  Scenario: Who reads one package changes nothing
    Given Kim reads the access package 'Lions'
    Then Kim is shown the access packages 'Lions' and no other
    When Kim describes 'Lions' anew
    Then it is refused because they have no such right
    When Kim assigns 'Lions' to Max
    Then it is refused because they have no such right
