using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shop.Storefront.Clients;
using Shop.Storefront.SignIn;

namespace Shop.Tests.Component.Storefront;

public sealed class MemberCartTests
{
    private static readonly CartCookie _cookie = new(new EphemeralDataProtectionProvider());

    [Fact]
    public async Task Merge_keeps_the_products_that_exceeded_a_maximum_for_the_next_pages()
    {
        var context = new DefaultHttpContext();
        _cookie.Set(context, new CartReference("visit", 3));

        await TakeAsync(context, HttpStatusCode.OK, new
        {
            cart = new { itemCount = 99 },
            limitedLines = Enumerable.Range(1, 7).Select(number => new
            {
                sku = $"{new string('A', 30)}-{number}",
                requestedQuantity = 120,
                mergedQuantity = 99,
            }),
        });

        var cart = ReadAgain(context);
        Assert.Equal((true, null), (cart.IsMembers, cart.ItemCount));
        Assert.Equal(Enumerable.Range(1, 5).Select(number => $"{new string('A', 30)}-{number}"), cart.LimitedSkus);
    }

    [Fact]
    public async Task Merge_of_everything_leaves_nothing_to_tell()
    {
        var context = new DefaultHttpContext();
        _cookie.Set(context, new CartReference("visit", 3));

        await TakeAsync(context, HttpStatusCode.OK, new { cart = new { itemCount = 3 }, limitedLines = Array.Empty<object>() });

        Assert.Empty(ReadAgain(context).LimitedSkus);
    }

    [Fact]
    public async Task Cart_of_the_visit_stays_when_it_cannot_be_merged()
    {
        var context = new DefaultHttpContext();
        _cookie.Set(context, new CartReference("visit", 3));

        await TakeAsync(context, HttpStatusCode.Conflict, new { code = "checkout_in_progress" });

        Assert.Equal("visit", ReadAgain(context).CartId);
    }

    private static async Task TakeAsync(HttpContext context, HttpStatusCode status, object content)
    {
        using var http = new HttpClient(new StubHandler(status, content)) { BaseAddress = new("http://cart") };
        var options = Options.Create(new SignInOptions { Authority = "https://id.example.org", CartKey = new('k', 32) });
        await new MemberCart(http, _cookie, options, NullLogger<MemberCart>.Instance).TakeAsync(context, "member-1");
    }

    // The cookie as the next request sends it.
    private static CartReference ReadAgain(HttpContext context)
    {
        var next = new DefaultHttpContext { User = new(new ClaimsIdentity("test")) };
        next.Request.Headers.Cookie = context.Response.Headers.SetCookie[^1]!.Split(';')[0];
        return _cookie.Find(next)!;
    }

    private sealed class StubHandler(HttpStatusCode status, object content) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = JsonContent.Create(content) });
    }
}
