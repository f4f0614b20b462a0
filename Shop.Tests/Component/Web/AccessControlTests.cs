using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class AccessControlTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    [Theory]
    [InlineData(null)]
    [InlineData("member")]
    [InlineData("staff")]
    public async Task Endpoint_that_says_nothing_is_refused(string? role)
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/api/forgotten", () => "secret"),
            denyByDefault: true,
            settings: BearerTokens.Settings(_signingKey)).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/forgotten");
        request.Headers.Authorization = role is null ? null : new("Bearer", BearerTokens.Create(_signingKey, role));

        using var response = await service.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SigningKeys:0:Value", "not base64")]
    [InlineData("SigningKeys:0:Value", "")]
    [InlineData("Authority", "http://identity.example")]
    [InlineData("Authority", "identity.example")]
    [InlineData("MetadataAddress", "http://identity.example/metadata")]
    public async Task Unusable_setting_of_bearer_authentication_stops_the_service_at_its_start(string setting, string value)
    {
        var name = $"Authentication:Schemes:Bearer:{setting}";
        await using var service = TestService.Build(
            settings: [.. BearerTokens.Settings(_signingKey).Where(valid => valid.Name != name), (name, value)]);

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(service.StartAsync);

        Assert.StartsWith($"{name} ", Assert.Single(exception.Failures), StringComparison.Ordinal);
    }
}
