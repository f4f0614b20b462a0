using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Shop.ServiceDefaults;
using Shop.Storefront.Clients;

namespace Shop.Storefront.SignIn;

/// <summary>
/// The cart of a member, which is the same on every device. Its id is a secret, as that of every cart: it is computed from the subject with
/// a key, so that no provider and no database has to store the id.
/// </summary>
internal sealed class MemberCart(HttpClient http, CartCookie cookie, IOptions<SignInOptions> options, ILogger<MemberCart> log)
{
    // The cookie of the cart has room for these.
    private const int MaxLimitedSkus = 5;

    // A page waits for the merge.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Makes the member's cart that of the browser, and moves what is in the visit's cart into it. If that is not possible now, the visit's
    /// cart stays, and a later call tries again. The cart of another member, who was signed in before, is left alone.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="subject">The member.</param>
    public async Task TakeAsync(HttpContext context, string subject)
    {
        var cartId = GetId(subject);
        IReadOnlyList<string>? limitedSkus = [];
        var isOrdered = false;
        if (cookie.Find(context) is { } visit)
        {
            if (visit.CartId == cartId)
            {
                return;
            }

            if (!visit.IsMembers)
            {
                isOrdered = visit.IsOrdered;
                limitedSkus = await TryMergeAsync(cartId, visit.CartId, context.RequestAborted);
            }
        }

        if (limitedSkus is not null)
        {
            cookie.Set(context, new CartReference(cartId, null, IsMembers: true, isOrdered) { LimitedSkus = limitedSkus });
        }
    }

    /// <summary>Returns the id of a member's cart.</summary>
    /// <param name="subject">The member.</param>
    internal string GetId(string subject) => Convert.ToHexStringLower(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(options.Value.CartKey!), Encoding.UTF8.GetBytes($"{options.Value.Authority}\n{subject}")))[..32];

    // Returns the products that exceeded a maximum of the member's cart, or null if nothing was merged.
    private async Task<IReadOnlyList<string>?> TryMergeAsync(string cartId, string visitCartId, CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(_timeout);
            using var response = await http.PostAsJsonAsync(
                $"/api/v1/carts/{cartId}/merge", new { from = visitCartId }, timeout.Token);
            if (!response.IsSuccessStatusCode)
            {
                log.CartNotMerged((int)response.StatusCode);
                return null;
            }

            var merged = await response.Content.ReadFromJsonAsync<MergedCart>(timeout.Token);
            return [.. (merged?.LimitedLines ?? []).Take(MaxLimitedSkus).Select(line => line.Sku)];
        }
        catch (Exception exception) when (ServiceErrors.IsUnavailable(exception) && !cancellationToken.IsCancellationRequested)
        {
            log.CartServiceUnavailable(exception);
            return null;
        }
    }

    private sealed record MergedCart(IReadOnlyList<LimitedLine>? LimitedLines);

    private sealed record LimitedLine(string Sku);
}
