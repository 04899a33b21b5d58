"""Equations: a small model of each system, the paper's names of its weights beside ours, and its numbers on given inputs."""
