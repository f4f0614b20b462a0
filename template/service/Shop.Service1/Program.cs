using Shop.Contracts;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;
using Shop.Service1.Orders;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddProductOrders();
builder.AddMessaging(MessageSubscribers.All, messages => messages
    .AddHandler<OrderConfirmed, OrderConfirmedHandler>());
builder.Services.AddValidation(); // Must be called here: the validation source generator only sees the calling project.
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapApiReference();
app.MapProductOrders();
app.Run();
