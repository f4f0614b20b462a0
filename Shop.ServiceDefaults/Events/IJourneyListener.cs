using Shop.Contracts.Events;

namespace Shop.ServiceDefaults.Events;

/// <summary>Hears of every journey event that this service tells, on the spot: metrics count so.</summary>
public interface IJourneyListener
{
    void Heard(JourneyEvent happened);
}
