using Shop.Contracts;
using Shop.Web.Http;

namespace Shop.Storefront.Clients;

/// <summary>Reads, changes and checks out a cart.</summary>
internal sealed class CartClient(HttpClient http, ILogger<CartClient> log) : ServiceClient(http, log)
{
    /// <summary>Returns a cart that the visitor looks at. A cart that does not exist is empty.</summary>
    public Task<ServiceResult<CartContents>> ViewAsync(string cartId, CancellationToken cancellationToken) =>
        GetAsync<CartContents>($"/api/v1/carts/{cartId}", cancellationToken);

    /// <summary>Returns a cart for a page that shows something else: no visitor has viewed the cart.</summary>
    public Task<ServiceResult<CartContents>> ReadAsync(string cartId, CancellationToken cancellationToken) =>
        GetAsync<CartContents>($"/api/v1/carts/{cartId}?viewed=false", cancellationToken);

    /// <summary>Does the same at the prices that a checkout has at this moment.</summary>
    public async Task<ServiceResult<CartContents>> ReadForCheckoutAsync(string cartId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/carts/{cartId}?viewed=false")
        {
            Headers = { CacheControl = new() { NoCache = true } },
        };
        return await GetAsync<CartContents>(request, cancellationToken);
    }

    /// <summary>Adds units of a product to a cart.</summary>
    public async Task<ServiceResult<AddedUnits>> AddUnitsAsync(
        string cartId, string sku, int quantity, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, GetLinePath(cartId, sku))
        {
            Content = JsonContent.Create(new { quantity }),
        };
        return await SendAsync<AddedUnits>(request, cancellationToken);
    }

    /// <summary>Sets the quantity of a product in a cart.</summary>
    public async Task<ServiceResult<CartContentsLine>> SetLineAsync(
        string cartId, string sku, int quantity, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, GetLinePath(cartId, sku))
        {
            Content = JsonContent.Create(new { quantity }),
        };
        return await SendAsync<CartContentsLine>(request, cancellationToken);
    }

    /// <summary>Removes a product from a cart.</summary>
    public async Task<ServiceResult<NoContent>> RemoveLineAsync(string cartId, string sku, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, GetLinePath(cartId, sku));
        return await SendAsync<NoContent>(request, cancellationToken);
    }

    /// <summary>Checks a cart out. All requests with the same key create one order.</summary>
    public async Task<ServiceResult<CheckoutAccepted>> CheckOutAsync(
        string cartId, string idempotencyKey, CheckoutRequest checkout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/carts/{cartId}/checkout")
        {
            Headers = { { IdempotencyKey.Header, idempotencyKey } },
            Content = JsonContent.Create(checkout),
        };
        return await SendAsync<CheckoutAccepted>(request, cancellationToken);
    }

    private static string GetLinePath(string cartId, string sku) => $"/api/v1/carts/{cartId}/lines/{Uri.EscapeDataString(sku)}";
}

/// <summary>The response to added units.</summary>
/// <param name="Added">Units that were added; fewer than requested if the line is at the maximum.</param>
/// <param name="ItemCount">Units of all lines of the cart.</param>
internal sealed record AddedUnits(int Added, int ItemCount);

/// <summary>A cart at current prices.</summary>
/// <param name="Lines">Lines of the cart.</param>
/// <param name="ItemCount">Units of all lines in total.</param>
/// <param name="Total">Total; null if a price is missing or the lines are in more than one currency.</param>
/// <param name="PricesConfirmed">False if prices are temporarily unavailable.</param>
/// <param name="Problem">Problem code if the cart as a whole cannot be purchased.</param>
public sealed record CartContents(
    IReadOnlyList<CartContentsLine> Lines, int ItemCount, Money? Total, bool PricesConfirmed, string? Problem)
{
    /// <summary>A cart without lines.</summary>
    public static CartContents Empty { get; } = new([], 0, null, PricesConfirmed: true, null);

    /// <summary>Whether the cart can be checked out as it is.</summary>
    public bool CanBeCheckedOut => Total is not null && Problem is null && Lines.All(line => line.Problem is null);
}

/// <summary>A line of a cart.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Name">Name of the product; null if it is not available.</param>
/// <param name="Quantity">Units of the product.</param>
/// <param name="UnitPrice">Current price of one unit; null if it is not available.</param>
/// <param name="PreviousUnitPrice">Unit price when the line was set, if it differs from the current one.</param>
/// <param name="Total">Price of the line; null if it is not available.</param>
/// <param name="Available">Units available for purchase; null if the number is not available.</param>
/// <param name="Problem">Problem code if the line cannot be purchased.</param>
public sealed record CartContentsLine(
    string Sku, string? Name, int Quantity, Money? UnitPrice, Money? PreviousUnitPrice, Money? Total, int? Available, string? Problem);

/// <summary>The body of a checkout request.</summary>
/// <param name="Recipient">The person that the order is shipped to.</param>
/// <param name="Payment">The card that the order is paid with; null if the total is 0.</param>
/// <param name="ExpectedTotal">The total that the visitor has seen.</param>
/// <param name="Replaces">An order of this cart that is not paid yet, which is cancelled.</param>
internal sealed record CheckoutRequest(Recipient Recipient, PaymentCard? Payment, Money ExpectedTotal, Guid? Replaces);

/// <summary>The response to a checkout.</summary>
/// <param name="OrderId">The order.</param>
internal sealed record CheckoutAccepted(Guid OrderId);
