namespace Shop.Telemetry.Sampling.CriticalRoutes;

/// <summary>A critical route that a service registers in code, and that configuration can change.</summary>
internal sealed record CriticalRouteRegistration(string Name, string? Route, string? Event, string? Status)
{
    // A new rule for each options instance, because the configuration binder changes the rule in place.
    public CriticalRouteRule CreateRule() => new() { Route = Route, Event = Event, Status = Status };
}
