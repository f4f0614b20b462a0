using Shop.AppHost.Infrastructure;

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
var rabbitmq = backingServices.AddRabbitMQ("rabbitmq");
var rabbitmqUser = backingServices.AddRabbitMQUser(rabbitmq, "shop");

// Generated on the first run and kept with the data. A deployment sets them in configuration, as Parameters:<name>.
var personalDataKey = backingServices.AddSecret("personal-data-key-1");
var serviceKey = backingServices.AddSecret("service-key");
var paymentWebhookKey = backingServices.AddSecret("payment-webhook-key");

// Staff sign in with a token: dotnet user-jwts create --project Shop.AppHost --audience shop --role staff -o token
var staffTokenKey = builder.AddStaffTokenKey();

var catalog = builder.AddService<Projects.Shop_Catalog>("catalog", serviceKey, staffTokenKey)
    .WithUrlForEndpoint("grpc", url => url.DisplayText = "gRPC")
    .WithReference(catalogDb).WaitFor(catalogDb)
    .WithReference(rabbitmqUser, "rabbitmq").WaitFor(rabbitmqUser);

var cart = builder.AddService<Projects.Shop_Cart>("cart", serviceKey, staffTokenKey)
    // To rotate the key, add a second parameter beside the first one, make it current, then remove the first (docs/personal-data.md).
    .WithEnvironment("Shop__PersonalData__Keys__1", personalDataKey)
    .WithEnvironment("Shop__PersonalData__CurrentKey", "1")
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmqUser, "rabbitmq").WaitFor(rabbitmqUser)
    .WithReference(catalog).WaitFor(catalog);

var orders = builder.AddService<Projects.Shop_Orders>("orders", serviceKey, staffTokenKey)
    .WithEnvironment("Shop__PersonalData__Keys__1", personalDataKey)
    .WithEnvironment("Shop__PersonalData__CurrentKey", "1")
    .WithEnvironment("Payment__Webhook__Key", paymentWebhookKey)
    .WithReference(ordersDb).WaitFor(ordersDb)
    .WithReference(rabbitmqUser, "rabbitmq").WaitFor(rabbitmqUser)
    .WithReference(catalog).WaitFor(catalog);

// Cart asks Orders for the order of a repeated checkout. It does not wait for Orders, and starts and works without it.
cart.WithReference(orders);
if (builder.ExecutionContext.IsRunMode)
{
    // Clients follow the Location of a checkout. A deployment serves all APIs at one public host, or sets the address.
    cart.WithEnvironment("Cart__OrdersPublicUrl", orders.GetEndpoint("http"));
}

builder.Build().Run();
