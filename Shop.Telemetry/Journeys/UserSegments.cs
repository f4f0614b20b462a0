namespace Shop.Telemetry.Journeys;

/// <summary>The values of <c>shop.user.segment</c>: what is known about a visitor without identifying them.</summary>
public static class UserSegments
{
    /// <summary>A visitor without a valid session token.</summary>
    public const string New = "new";

    /// <summary>A visitor whose previous session has ended.</summary>
    public const string Returning = "returning";

    /// <summary>A visitor who has signed in or registered.</summary>
    public const string Member = "member";
}
