namespace Shop.Telemetry.Journeys;

/// <summary>The id of an external request: its header, and how it is created and validated.</summary>
internal static class RequestId
{
    public const string HeaderName = "X-Request-Id";

    /// <summary>Creates an id of 32 hexadecimal digits that sorts by creation time.</summary>
    public static string Create() => Guid.CreateVersion7().ToString("n");

    /// <summary>Returns the inbound id if it is valid and creates one otherwise: malformed ids are neither passed on nor echoed.</summary>
    public static string AcceptOrCreate(string? inbound) =>
        inbound is not null && JourneyKeys.IsValid(JourneyKeys.RequestId, inbound) ? inbound : Create();
}
