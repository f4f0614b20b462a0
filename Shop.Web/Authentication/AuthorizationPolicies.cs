namespace Shop.Web.Authentication;

/// <summary>The names of the authorization policies. An endpoint that names none and is not anonymous is refused.</summary>
public static class AuthorizationPolicies
{
    /// <summary>Staff: a bearer token with the role <c>staff</c>.</summary>
    public const string Staff = "staff";

    /// <summary>Other services of the application: the header <c>Shop-Service-Key</c>.</summary>
    public const string Service = "service";
}
