using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Storefront.Clients;
using Shop.Storefront.SignIn;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>A storefront beside services that answer what a test wants, or do not answer.</summary>
public abstract class StubbedStorefront : IAsyncLifetime, IDisposable
{
    private protected const string Script = "<script>alert('x')</script>\"'&";
    private protected const string Sku = "BAG-0101";

    private static readonly object _euros = new { amount = 5900, currency = "EUR" };

    private WebApplication? _services;
    private InProcessService? _storefront;

    private protected static (string Name, string Value)[] Recipient { get; } =
        [("name", "Ada Example"), ("address", "1 Analytical Row"), ("email", "ada@example.org"), ("card", "tok_ok")];

    /// <summary>The responses by method and beginning of the path. Without one, the connection is closed.</summary>
    private protected Dictionary<string, Func<HttpRequest, IResult>> Answers { get; } = [];

    /// <summary>The requests that the services got.</summary>
    private protected List<(string Request, string? Key, string Body)> Requests { get; } = [];

    private protected InProcessService Storefront => _storefront!;

    private protected ScriptlessBrowser Browser => field ??= new ScriptlessBrowser(Storefront.Client);

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _services = builder.Build();
        _services.Run(AnswerAsync);
        await _services.StartAsync();
        var address = _services.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        Answers["GET /api/v1/products"] = _ => Results.Json(new { items = new[] { Product() }, next = (string?)null });
        Answers["GET /api/v1/categories"] = _ => Results.Json(new { items = (string[])["bags", "desk"] });
        Answers[$"GET /api/v1/products/{Sku}"] = _ => Results.Json(Product());
        Answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 2));
        Answers["POST /api/v1/carts"] = request => request.Path.Value!.EndsWith("/checkout", StringComparison.Ordinal)
            ? Results.Json(new { orderId = Guid.NewGuid() }, statusCode: StatusCodes.Status202Accepted)
            : Results.Json(new { added = 1, quantity = 2, itemCount = 2 });
        _storefront = InProcessService.Start(
            "storefront", "Development",
            [.. ((string[])["catalog", "cart", "orders"]).Select(service => ($"services:{service}:http:0", (string?)address))]);
    }

    public async Task DisposeAsync() => await _services!.DisposeAsync();

    public void Dispose()
    {
        _storefront?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static object Product(string name = "Harbour Tote") => new
    {
        sku = Sku,
        name,
        description = name,
        category = name == Script ? Script : "bags",
        price = _euros,
        available = 140,
    };

    private static object Line(int quantity, string name = "Harbour Tote") => new
    {
        sku = Sku,
        name,
        quantity,
        unitPrice = _euros,
        total = new { amount = 5900 * quantity, currency = "EUR" },
        available = 140,
    };

    private protected static object Cart(int quantity, string name = "Harbour Tote") => new
    {
        lines = quantity == 0 ? [] : new[] { Line(quantity, name) },
        itemCount = quantity,
        total = new { amount = 5900 * quantity, currency = "EUR" },
        pricesConfirmed = true,
    };

    private protected async Task AddToCartAsync()
    {
        await Browser.SubmitAsync(await Browser.OpenAsync($"/products/{Sku}"), "#add-to-cart");
        Assert.Contains("shop-cart", Browser.Cookies.Keys);
    }

    private protected void SignIn()
    {
        var properties = new AuthenticationProperties { IssuedUtc = DateTimeOffset.UtcNow, ExpiresUtc = DateTimeOffset.UtcNow.AddDays(1) };
        var member = new ClaimsPrincipal(new ClaimsIdentity([new("sub", "member")], "test"));
        var options = Storefront.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(MemberCookie.Scheme);
        Browser.Cookies[MemberCookie.Name] = options.TicketDataFormat.Protect(new(member, properties, MemberCookie.Scheme));
    }

    private protected void SetCart(CartReference cart)
    {
        var context = new DefaultHttpContext();
        Storefront.Services.GetRequiredService<CartCookie>().Set(context, cart);
        var cookie = context.Response.Headers.SetCookie.ToString().Split(';')[0].Split('=', 2);
        Browser.Cookies[cookie[0]] = Uri.UnescapeDataString(cookie[1]);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        // Of the proxy, at any time.
        if (context.Request.Path == "/health")
        {
            return;
        }

        var name = $"{context.Request.Method} {context.Request.Path}";
        using var reader = new StreamReader(context.Request.Body);
        lock (Requests)
        {
            Requests.Add((name, context.Request.Headers["Idempotency-Key"], reader.ReadToEndAsync().Result));
        }

        var answer = Answers.Where(answer => name.StartsWith(answer.Key, StringComparison.Ordinal)).MaxBy(answer => answer.Key.Length);
        if (answer.Value is null)
        {
            context.Abort();
            return;
        }

        await answer.Value(context.Request).ExecuteAsync(context);
    }
}
