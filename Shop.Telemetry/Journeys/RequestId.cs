namespace Shop.Telemetry.Journeys;

/// <summary>The id of an external request: its header, and how it is created.</summary>
internal static class RequestId
{
    public const string HeaderName = "X-Request-Id";

    /// <summary>Creates an id of 32 hexadecimal digits that sorts by creation time.</summary>
    public static string Create() => Guid.CreateVersion7().ToString("n");
}
