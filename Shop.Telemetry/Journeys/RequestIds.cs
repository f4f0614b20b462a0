namespace Shop.Telemetry.Journeys;

internal static class RequestIds
{
    public const string Header = "X-Request-Id";

    /// <summary>32 hexadecimal digits that sort by time.</summary>
    public static string New() => Guid.CreateVersion7().ToString("n");

    /// <summary>The id that somebody gave, or a new one when it is none: what is malformed or oversized is never passed on or echoed.</summary>
    public static string Accept(string? given) => given is not null && JourneyKeys.IsValid(JourneyKeys.RequestId, given) ? given : New();
}
