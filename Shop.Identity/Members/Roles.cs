namespace Shop.Identity.Members;

/// <summary>The roles of people and tools.</summary>
internal static class Roles
{
    /// <summary>A customer with an account.</summary>
    public const string Member = "member";

    /// <summary>An employee of the shop.</summary>
    public const string Staff = "staff";
}
