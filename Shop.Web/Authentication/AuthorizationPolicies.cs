namespace Shop.Web.Authentication;

/// <summary>The names of the authorization policies. An endpoint that names none and is not anonymous is rejected.</summary>
public static class AuthorizationPolicies
{
    /// <summary>Staff: a bearer token with a subject and the role <c>staff</c>.</summary>
    public const string Staff = "staff";

    /// <summary>
    /// Members: a bearer token with the role <c>member</c> and a subject of 1 to <see cref="MemberClaims.MaxSubjectLength"/> visible
    /// characters.
    /// </summary>
    public const string Member = "member";

    /// <summary>
    /// Everybody, but a bearer token that is sent must be that of a <see cref="Member"/>: a token that has expired does not make a member a
    /// guest. <see cref="MemberClaims.GetMemberId"/> tells the two apart.
    /// </summary>
    public const string MemberOrGuest = "member-or-guest";

    /// <summary>Other services of the application: the header <c>Shop-Service-Key</c>.</summary>
    public const string Service = "service";
}
