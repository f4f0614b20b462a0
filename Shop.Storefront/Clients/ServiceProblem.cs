namespace Shop.Storefront.Clients;

/// <summary>Why a service did not do what a page asked for.</summary>
/// <param name="Code">The code of the problem details, or one of the codes below.</param>
public sealed record ServiceProblem(string Code)
{
    /// <summary>The code of a service that does not respond, or responds with a server error (5xx).</summary>
    public const string UnavailableCode = "unavailable";

    /// <summary>
    /// The code of a change that a service did not answer, or answered with a server error (5xx): the change may have been made.
    /// </summary>
    public const string UnconfirmedCode = "unconfirmed";

    /// <summary>The code of a response 429: the visitor sends more requests than the service accepts.</summary>
    public const string BusyCode = "busy";

    /// <summary>The code of a response 401: the sign-in of the member has expired.</summary>
    public const string SignInRequiredCode = "sign_in_required";

    /// <summary>The code of a response 403: the account does not have the role that the request needs.</summary>
    public const string AccountNotAllowedCode = "account_not_allowed";

    /// <summary>The code of a response 4xx without a code, for example because of an invalid field.</summary>
    public const string InvalidCode = "invalid";

    /// <summary>Whether the same request may succeed later: the service was not available, and may have processed the request.</summary>
    public bool IsTemporary { get; init; } = Code is UnavailableCode or UnconfirmedCode;

    /// <summary>The order that the problem is about, if any.</summary>
    public Guid? OrderId { get; init; }

    /// <summary>The invalid fields, as the request names them.</summary>
    public IReadOnlyCollection<string> InvalidFields { get; init; } = [];
}
