
namespace Shop.Telemetry.Events;

/// <summary>Hears of every journey event that this service tells, on the spot: metrics count so.</summary>
public interface IJourneyEventListener
{
    void OnEvent(JourneyEvent journeyEvent);
}
