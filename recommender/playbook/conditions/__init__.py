"""The condition language: facts of one customer at one moment, compared and joined; parsed, typed, never evaluated."""

from recommender.playbook.conditions.condition import CompiledCondition, compile_condition

__all__ = ["CompiledCondition", "compile_condition"]
