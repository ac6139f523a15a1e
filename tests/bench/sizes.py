"""How much is measured: the whole run in under twenty minutes, the quick one in about three."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Counts and seconds, by workload."""

    sleeps: int                       # of 2 ms, to hear the machine's noise
    rounds: int                       # W1, W6: rounds of ``hands`` × 10 triggers a way
    hands: int
    peer_hands: int
    other_hands: int                  # MQTT and serial
    crowds: tuple[int, ...]           # W2: universes that fade
    crowd_turns: int                  # each system so many times, one after the other
    crowd_hands: int
    flood_s: float                    # W3: so long at flood_rate triggers a second
    flood_rate: int
    burst_s: float                    # W3: at each rate offered to the others
    burst_rates: tuple[int, ...]
    fades: int                        # W4: of 5 s, for each system
    universes: tuple[int, ...]        # W5
    capacity_s: float
    capacity_long_s: float            # W5: showctl with the most universes
    starts: int                       # W7
    rest_s: float
    cues: tuple[int, ...]             # growth
    sensors: tuple[int, ...]
    stations: tuple[int, ...]
    grow_hands: int
    rain_s: float                     # hostile: with rain and without
    rain_turns: int
    triggers: int                     # the core alone
    runs: int
    long_sheet: int
    checks: int
    sweeps: int


FULL = Size(
    sleeps=200, rounds=10, hands=5, peer_hands=2, other_hands=2,
    crowds=(16, 256), crowd_turns=2, crowd_hands=20,
    flood_s=60, flood_rate=10_000, burst_s=1.5, burst_rates=(1_000, 2_500, 5_000, 10_000, 20_000, 40_000),
    fades=3, universes=(1, 16, 64, 256, 1024), capacity_s=4, capacity_long_s=60,
    starts=5, rest_s=4, cues=(10, 100, 1_000, 10_000, 100_000), sensors=(10, 100, 1_000, 10_000),
    stations=(1, 8, 64), grow_hands=20, rain_s=10, rain_turns=3,
    triggers=20_000, runs=3, long_sheet=10_000, checks=3, sweeps=24,
)
QUICK = Size(
    sleeps=50, rounds=4, hands=1, peer_hands=1, other_hands=1,
    crowds=(16,), crowd_turns=1, crowd_hands=5,
    flood_s=3, flood_rate=10_000, burst_s=0.5, burst_rates=(10_000,),
    fades=1, universes=(64,), capacity_s=1, capacity_long_s=1,
    starts=1, rest_s=1, cues=(100, 1_000), sensors=(10, 100), stations=(1, 8), grow_hands=4,
    rain_s=2, rain_turns=1, triggers=4_000, runs=1, long_sheet=10_000, checks=1, sweeps=8,
)
