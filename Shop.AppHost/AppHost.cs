using Shop.AppHost.Infrastructure;
using Shop.AppHost.Infrastructure.Commands;

ProxyEnvironment.ExcludeLoopback();
var builder = DistributedApplication.CreateBuilder(args);
builder.UseFriendlyErrors();
builder.ReadGeneratedParameters();
builder.AddStartupSummary();

// Containers where Docker or Podman is running, local processes elsewhere. Override with --infrastructure containers|local.
var backingServices = builder.AddBackingServices(args);
var redis = backingServices.AddRedis("redis");
var postgres = backingServices.AddPostgres("postgres");
var catalogDb = backingServices.AddDatabase(postgres, "catalogdb");
var ordersDb = backingServices.AddDatabase(postgres, "ordersdb");
var identityDb = backingServices.AddDatabase(postgres, "identitydb");
var rabbitmq = backingServices.AddRabbitMQ("rabbitmq");
var rabbitmqUser = backingServices.AddRabbitMQUser(rabbitmq, "shop");
var journeyEventPath = backingServices.GetJourneyEventPath();

// Generated on the first run and kept with the data. A deployment sets them in configuration, as Parameters:<name>.
var personalDataKeys = new PersonalDataKeys(backingServices);
var serviceKey = backingServices.AddSecret("service-key");
var paymentWebhookKey = backingServices.AddSecret("payment-webhook-key");
var signInKey = backingServices.AddSecret("sign-in-key");
var signInClientSecret = backingServices.AddSecret("sign-in-client-secret");
var identityDataProtectionKey = backingServices.AddSecret("identity-data-protection-key-1");

//#if (storefront)
var memberCartKey = backingServices.AddSecret("member-cart-key");
var dataProtectionKey = backingServices.AddSecret("data-protection-key-1");

// The only service with an external endpoint. It waits for no other service: its pages show what is not available.
var storefront = builder.AddService<Projects.Shop_Storefront>("storefront", serviceKey, hasApi: false)
    .WithUrlForEndpoint("http", url => url.DisplayText = "Shop")
    .WithExternalApi();

//#endif
var identity = builder.AddService<Projects.Shop_Identity>("identity", serviceKey, hasApi: false)
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/sso/login", "Sign-in"))
    .WithEnvironment("Identity__SigningKey", signInKey)
    .WithEnvironment("Identity__StorefrontSecret", signInClientSecret)
    .WithEnvironment("Shop__DataProtection__Keys__1", identityDataProtectionKey)
    .WithEnvironment("Shop__DataProtection__CurrentKey", "1")
    .WithToolsClient()
    .WithReference(identityDb).WaitFor(identityDb);

// The host that visitors and clients know: Identity's pages and tokens have its address.
//#if (storefront)
var publicUrl = storefront.GetPublicUrl();
////#else
//identity.WithExternalApi();
//var publicUrl = identity.GetPublicUrl();
//#endif
identity.WithEnvironment("Identity__Issuer", ReferenceExpression.Create($"{publicUrl}/sso"));

// Another provider takes the place of Identity: SignInProvider.External("https://login.example.com", "shop", signInClientSecret).
var signIn = SignInProvider.Of(identity, publicUrl, signInClientSecret);

//#if (withInsights)
var insightsDb = backingServices.AddDatabase(postgres, "insightsdb");
var insightsClientSecret = backingServices.AddSecret("insights-client-secret");
var insightsDataProtectionKey = backingServices.AddSecret("insights-data-protection-key-1");

// For staff. The other services send it events and spans, and start and work without it.
var insights = builder.AddService<Projects.Shop_Insights>("insights", serviceKey)
    .WithUrlForEndpoint("http", url => url.DisplayText = "Insights")
    .WithUrlForEndpoint("grpc", url => url.DisplayText = "Spans (gRPC)")
    .WithTraceLinks()
    .WithMcpServer(endpointName: "http")
    .WithEnvironment("Shop__DataProtection__Keys__1", insightsDataProtectionKey)
    .WithEnvironment("Shop__DataProtection__CurrentKey", "1")
    .WithReference(insightsDb).WaitFor(insightsDb)
    .WithReference(rabbitmqUser, "rabbitmq").WaitFor(rabbitmqUser);

//#endif
var catalog = builder.AddService<Projects.Shop_Catalog>("catalog", serviceKey)
    .WithUrlForEndpoint("grpc", url => url.DisplayText = "gRPC")
    .WithReference(catalogDb).WaitFor(catalogDb)
    .WithReference(rabbitmqUser, "rabbitmq").WaitFor(rabbitmqUser)
    .WithJourneyEventPath(journeyEventPath);

var cart = builder.AddService<Projects.Shop_Cart>("cart", serviceKey)
    .WithPersonalDataKeys(personalDataKeys)
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmqUser, "rabbitmq").WaitFor(rabbitmqUser)
    .WithJourneyEventPath(journeyEventPath)
    .WithReference(catalog).WaitFor(catalog);

var orders = builder.AddService<Projects.Shop_Orders>("orders", serviceKey)
    .WithPersonalDataKeys(personalDataKeys)
    .WithEnvironment("Payment__Webhook__Key", paymentWebhookKey)
    .WithReference(ordersDb).WaitFor(ordersDb)
    .WithReference(rabbitmqUser, "rabbitmq").WaitFor(rabbitmqUser)
    .WithJourneyEventPath(journeyEventPath)
    .WithReference(catalog).WaitFor(catalog);

// Cart asks Orders for the order of a repeated checkout. It does not wait for Orders, and starts and works without it.
cart.WithReference(orders);

if (builder.ExecutionContext.IsRunMode)
{
    // Clients follow the Location of a checkout, also those that call Cart directly. In a deployment it is relative, for one public host.
    //#if (storefront)
    cart.WithEnvironment("Cart__OrdersPublicUrl", storefront.GetEndpoint("http"));
    ////#else
    //cart.WithEnvironment("Cart__OrdersPublicUrl", orders.GetEndpoint("http"));
    //#endif
}

//#if (storefront)
storefront
    // Protects cookies and forms, and is rotated like the key of personal data (docs/edge.md).
    .WithEnvironment("Shop__DataProtection__Keys__1", dataProtectionKey)
    .WithEnvironment("Shop__DataProtection__CurrentKey", "1")
    .WithEnvironment("SignIn__CartKey", memberCartKey)
    .WithReference(rabbitmqUser, "rabbitmq")
    .WithJourneyEventPath(journeyEventPath)
    .WithReference(catalog)
    .WithReference(cart)
    .WithReference(orders)
    .WithReference(identity);

//#endif
//#if (withInsights)
// Insights neither sends spans to itself nor requests accepted routes from itself.
foreach (var service in (IResourceBuilder<ProjectResource>[])[storefront, identity, catalog, cart, orders])
{
    service.WithSpanExport(insights).WithAcceptedRoutes(insights);
}

//#endif
signIn.AcceptTokens(catalog);
signIn.AcceptTokens(cart);
signIn.AcceptTokens(orders);
//#if (storefront)
signIn.SignVisitorsIn(storefront);
//#endif
//#if (withInsights)
signIn.SignStaffIn(insights, insightsClientSecret);
//#endif
//#if (storefront)

// An OpenTelemetry Collector between the services and the dashboard, with --collector (docs/monitoring.md).
builder.AddCollector(args);

// A second version of a service, with --canary (docs/canary.md). It has all that the service has until here.
builder.AddCanary(args, storefront, signIn, catalog, cart, orders);
//#endif

// Commands of the dashboard, in Development (docs/commands.md).
builder.AddOperatorCommands(identity, catalog, cart, orders, personalDataKeys);
//#if (withBench)

// Not started without --with-visitors (docs/visitors.md).
builder.AddVisitors(storefront, identity, args);
//#endif

builder.Build().Run();
