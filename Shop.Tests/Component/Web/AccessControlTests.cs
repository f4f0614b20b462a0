using System.Net;
using Microsoft.AspNetCore.Builder;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class AccessControlTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("member", HttpStatusCode.Forbidden)]
    [InlineData("staff", HttpStatusCode.Forbidden)]
    public async Task Endpoint_that_says_nothing_is_refused(string? role, HttpStatusCode status)
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/api/forgotten", () => "secret"),
            denyByDefault: true,
            settings: BearerTokens.Settings(_signingKey)).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/forgotten");
        request.Headers.Authorization = role is null ? null : new("Bearer", BearerTokens.Create(_signingKey, role));

        using var response = await service.Client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
