using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Web.Sessions;

/// <summary>Settings of the edge: the service that faces visitors and issues their session ids.</summary>
public sealed class EdgeOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:Edge";

    /// <summary>
    /// Whether this service is the edge, which issues session ids. Every service starts a new trace and a new request id for callers
    /// that are not services of the application.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>How long a session lasts after its last request. 30 min to 1 d.</summary>
    [Range(typeof(TimeSpan), "00:30:00", "1.00:00:00")]
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Age at which a session token is replaced by a new one. A session may last this much longer than <see cref="SessionTimeout"/>, and a
    /// minute for clocks that differ. 0 to 30 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:30:00")]
    public TimeSpan TokenRenewalInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after the last session a visitor counts as returning, or as a member. 30 min to 400 d.</summary>
    [Range(typeof(TimeSpan), "00:30:00", "400.00:00:00")]
    public TimeSpan VisitorLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Name of the cookie with the session token. The cookie is HttpOnly and SameSite=Lax. On HTTPS requests it is Secure, and its name has
    /// the prefix <c>__Host-</c>.
    /// </summary>
    [Required, RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string CookieName { get; set; } = "shop-session";

    /// <summary>
    /// Name of the header that carries the token for callers without cookies. The response returns the next token in the same header.
    /// </summary>
    [Required, RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string HeaderName { get; set; } = "X-Shop-Session";
}

[OptionsValidator]
internal sealed partial class EdgeOptionsValidator : IValidateOptions<EdgeOptions>;
