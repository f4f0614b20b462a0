using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Web.Edge;

/// <summary>Whether this service faces people, and how it remembers them.</summary>
public sealed class EdgeOptions
{
    public const string Section = "Shop:Edge";

    /// <summary>
    /// True for a service that is called from outside: it trusts nothing that it is told about trace, session or request, and says
    /// all of it anew. False behind it: the trace and the journey go on.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>How long a session outlives its last request.</summary>
    [Range(typeof(TimeSpan), "00:30:00", "1.00:00:00")]
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How old a visitor's token gets before a new one is sent. A session may live this much longer than <see cref="SessionTimeout"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:30:00")]
    public TimeSpan TokenRenewalInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a visitor counts as returning, or as a member, after the last visit.</summary>
    [Range(typeof(TimeSpan), "00:30:00", "400.00:00:00")]
    public TimeSpan VisitorLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The cookie with the visitor's token: HttpOnly, SameSite=Lax, and Secure wherever the request is.</summary>
    [Required, RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string CookieName { get; set; } = "shop-session";

    /// <summary>The same token for callers without cookies. Who sends it gets the next one in the same header.</summary>
    [Required, RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string HeaderName { get; set; } = "X-Shop-Session";
}

[OptionsValidator]
internal sealed partial class EdgeOptionsValidator : IValidateOptions<EdgeOptions>;
