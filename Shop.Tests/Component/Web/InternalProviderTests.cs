using System.Net;
using Shop.Web.Authentication;

namespace Shop.Tests.Component.Web;

public sealed class InternalProviderTests
{
    [Theory]
    [InlineData("https://shop.example.com/sso/token", "http://identity/sso/token")]
    [InlineData("https://shop.example.com/sso/.well-known/jwks?x=1", "http://identity/sso/.well-known/jwks?x=1")]
    [InlineData("https://shop.example.com/ssoother", "https://shop.example.com/ssoother")]
    [InlineData("https://other.example.com/sso/token", "https://other.example.com/sso/token")]
    public async Task Requests_to_the_provider_go_to_its_internal_address(string address, string expected)
    {
        var recorder = new Recorder();
        using var client = new HttpClient(
            new InternalProviderHandler(new("https://shop.example.com/sso"), new("http://identity/sso")) { InnerHandler = recorder });

        using var response = await client.GetAsync(new Uri(address));

        Assert.Equal(expected, recorder.Address?.AbsoluteUri);
    }

    [Theory]
    [InlineData("https://login.example.com", null)]
    [InlineData("https://login.example.com/", "https://login.example.com/.well-known/openid-configuration")]
    [InlineData(null, "https://login.example.com/.well-known/openid-configuration")]
    public void Another_provider_is_called_at_its_own_address(string? authority, string? metadataAddress) =>
        Assert.Null(InternalProviderHandler.Create(authority, metadataAddress));

    private sealed class Recorder : HttpMessageHandler
    {
        public Uri? Address { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Address = request.RequestUri;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
