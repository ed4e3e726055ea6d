"""What every test shares: how generated examples are run."""

from hypothesis import HealthCheck, settings

# No deadline: two busy cores make any example slow. Derandomized: a run that
# failed fails again, and one that passed says the same tomorrow.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", deadline=None, max_examples=5_000)
settings.load_profile("suite")
