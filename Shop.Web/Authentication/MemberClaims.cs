using System.Security.Claims;

namespace Shop.Web.Authentication;

/// <summary>Reads from the claims of a bearer token which member its bearer is.</summary>
public static class MemberClaims
{
    /// <summary>The maximum length of the subject of a member, in characters.</summary>
    public const int MaxSubjectLength = 64;

    internal const string SubjectClaim = "sub";

    /// <summary>
    /// Returns the subject of a member: 1 to <see cref="MaxSubjectLength"/> visible ASCII characters. Returns null for a guest, and for a
    /// caller without the role <c>member</c> or with another form of subject.
    /// </summary>
    /// <param name="user">The caller.</param>
    public static string? GetMemberId(this ClaimsPrincipal user) =>
        user.IsInRole(AuthorizationPolicies.Member)
        && user.FindFirst(SubjectClaim)?.Value is { Length: > 0 and <= MaxSubjectLength } subject
        && !subject.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? subject
            : null;
}
